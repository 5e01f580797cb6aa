using System.Diagnostics;
using DiffusionX.Transport.Messages;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;

namespace DiffusionX.Transport.Nats;

/// <summary>A process's connection to the NATS of its fleet, with the queue and the buckets that everybody there shares.</summary>
internal sealed class FleetConnection : IAsyncDisposable
{
    // Headers, and what the protocol of JetStream puts around a message.
    private const int Reserve = 4096;

    // Of JetStream's API: a status, and what says more of other ones.
    private const int NotFound = 404;
    private const int Unavailable = 503;
    private const int NameInUse = 10058;
    private const int SubjectsOverlap = 10065;

    private const int MostTries = 50;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan SilencePatience = TimeSpan.FromSeconds(20);

    private FleetConnection(NatsFleetOptions options, NatsConnection connection, NatsJSContext jetStream, INatsKVStore outcomes, INatsKVStore savedRuns)
    {
        Options = options;
        Names = new FleetNames(options.Prefix);
        Connection = connection;
        JetStream = jetStream;
        Outcomes = outcomes;
        SavedRuns = savedRuns;
    }

    public NatsFleetOptions Options { get; }

    public FleetNames Names { get; }

    public NatsConnection Connection { get; }

    public NatsJSContext JetStream { get; }

    /// <summary>The outcomes: who comes first with one has written it for good.</summary>
    public INatsKVStore Outcomes { get; }

    /// <summary>What a run that is past its half can be gone on with from.</summary>
    public INatsKVStore SavedRuns { get; }

    /// <summary>The most bytes of a message.</summary>
    public int MaxBytes => (Connection.ServerInfo?.MaxPayload ?? 0) - Reserve;

    /// <summary>Connects, and makes the queue and the buckets where they are not there yet.</summary>
    /// <param name="options">Where, and what they are called.</param>
    /// <param name="largestFrame">Bytes of the largest request or result.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="TransportException">
    /// NATS can't be reached, does not let this process in, has no JetStream, or takes no messages as large as that.
    /// </exception>
    public static async Task<FleetConnection> OpenAsync(NatsFleetOptions options, int largestFrame, CancellationToken cancellationToken)
    {
        options.Validate();
        var connection = new NatsConnection(ToNatsOpts(options));
        try
        {
            await ConnectAsync(connection, options, cancellationToken).ConfigureAwait(false);
            CheckServer(connection, options, largestFrame + Reserve);
            var jetStream = new NatsJSContext(connection);
            var names = new FleetNames(options.Prefix);
            await EnsureQueueAsync(jetStream, names, options, cancellationToken).ConfigureAwait(false);
            var buckets = new NatsKVContext(jetStream);
            var outcomes = await OpenBucketAsync(buckets, names.Outcomes, options, cancellationToken).ConfigureAwait(false);
            var savedRuns = await OpenBucketAsync(buckets, names.SavedRuns, options, cancellationToken).ConfigureAwait(false);
            return new FleetConnection(options, connection, jetStream, outcomes, savedRuns);
        }
        catch (Exception error) when (error is NatsException or ArgumentException or IOException)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new TransportException($"NATS at {Plain(options.Url)} can't be used: {error.Message}", error);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The consumer by which the workers of a model share its requests; makes it where it is not there yet.</summary>
    public async ValueTask<INatsJSConsumer> ConsumerAsync(string model, CancellationToken cancellationToken) =>
        await JetStream.CreateOrUpdateConsumerAsync(
            Names.Queue,
            new ConsumerConfig(model)
            {
                FilterSubject = Names.Request(model),
                AckPolicy = ConsumerConfigAckPolicy.Explicit,
                AckWait = Options.AckWait,

                // How often a request may be delivered is counted by the workers, who answer it then; NATS would leave it lying.
                MaxDeliver = -1,

                // Each worker asks for as many as it has free places, so that their sum is the bound.
                MaxAckPending = -1,
            },
            cancellationToken).ConfigureAwait(false);

    /// <summary>Writes the outcome of a request, unless there is one already.</summary>
    /// <returns>Whether this was the first one.</returns>
    /// <exception cref="NatsException">NATS can't be reached.</exception>
    public async ValueTask<bool> TryEndAsync(string key, RequestMessage outcome, CancellationToken cancellationToken)
    {
        var written = await Outcomes.TryCreateAsync(key, MessageSerializer.Serialize(outcome), cancellationToken: cancellationToken).ConfigureAwait(false);
        return written.Success || (written.Error is NatsKVCreateException ? false : throw written.Error);
    }

    /// <summary>The outcome of a request, with its revision in the bucket; null where there is none yet.</summary>
    /// <exception cref="NatsException">NATS can't be reached.</exception>
    public async ValueTask<(RequestMessage Outcome, ulong Revision)?> FindOutcomeAsync(string key, CancellationToken cancellationToken)
    {
        var entry = await FindAsync(Outcomes, key, cancellationToken).ConfigureAwait(false);
        return entry is { Value: { } bytes } && Read(bytes) is RequestMessage outcome ? (outcome, entry.Value.Revision) : null;
    }

    /// <summary>What is in a bucket; null for nothing.</summary>
    /// <exception cref="NatsException">NATS can't be reached.</exception>
    public static async ValueTask<NatsKVEntry<byte[]>?> FindAsync(INatsKVStore bucket, string key, CancellationToken cancellationToken)
    {
        var found = await bucket.TryGetEntryAsync<byte[]>(key, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (found.Success)
        {
            return found.Value;
        }

        return found.Error is NatsKVKeyNotFoundException or NatsKVKeyDeletedException ? null : throw found.Error;
    }

    /// <summary>Reads what another process of the fleet has sent; null for what this version does not know.</summary>
    public static Message? Read(byte[] bytes)
    {
        try
        {
            return MessageSerializer.Deserialize(bytes, "The fleet");
        }
        catch (ProtocolException)
        {
            return null;
        }
    }

    /// <summary>What a request ends with that NATS does not take as it is set up now, or whose result it does not.</summary>
    public static Error TooLarge(Guid requestId) => new()
    {
        RequestId = requestId,
        Code = ErrorCode.Internal,
        Text = "The draft or its result is larger than the cloud's queue takes just now; its log says why. Ask for a smaller picture.",
    };

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    private static NatsOpts ToNatsOpts(NatsFleetOptions options) => NatsOpts.Default with
    {
        Url = options.Url,
        Name = options.Name,
        AuthOpts = new NatsAuthOpts { CredsFile = options.Credentials },
        TlsOpts = new NatsTlsOpts
        {
            CaFile = options.CertificateAuthority,
            CertFile = options.Certificate,
            KeyFile = options.CertificateKey,
        },
        ConnectTimeout = ConnectTimeout,
        MaxReconnectRetry = -1,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(100),
        ReconnectWaitMax = TimeSpan.FromSeconds(1),
        ReconnectJitter = TimeSpan.FromMilliseconds(100),
        PingInterval = TimeSpan.FromSeconds(5),
    };

    private static async Task ConnectAsync(NatsConnection connection, NatsFleetOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await connection.ConnectAsync().AsTask().WaitAsync(ConnectTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is NatsException or TimeoutException or IOException or InvalidOperationException)
        {
            throw new ConnectionFailedException(
                $"NATS at {Plain(options.Url)} can't be reached: {Reason(error)} Start nats-server -js there, or name another with --nats.", error);
        }
    }

    private static void CheckServer(NatsConnection connection, NatsFleetOptions options, int needed)
    {
        var server = connection.ServerInfo ?? throw new TransportException($"NATS at {Plain(options.Url)} does not say what it is.");
        if (!server.JetStreamAvailable)
        {
            throw new TransportException(
                $"NATS at {Plain(options.Url)} runs without JetStream, in which the requests are kept. Start it with -js, or put jetstream {{ store_dir: … }} into its configuration.");
        }

        if (server.MaxPayload < needed)
        {
            throw new TransportException(FormattableString.Invariant(
                $"NATS at {Plain(options.Url)} takes messages of at most {server.MaxPayload:N0} bytes, and a draft or a result may have {needed:N0}. Put max_payload: {RoundUp(needed)}MB into its configuration, or allow smaller pictures with --max-pixels."));
        }
    }

    // What the client wraps says why: a certificate that is not trusted, a password that is wrong.
    private static string Reason(Exception error) =>
        error.GetBaseException() is var cause && cause == error ? error.Message : $"{error.Message.TrimEnd('.')}: {cause.Message.TrimEnd('.')}.";

    // Whole megabytes, as NATS' configuration has them.
    private static int RoundUp(int bytes) => (int)Math.Ceiling(bytes / 1e6);

    // Without the password that may stand in it.
    private static string Plain(string url) => string.Join(
        ", ", url.Split(',').Select(one => Uri.TryCreate(one.Trim(), UriKind.Absolute, out var uri) ? $"{uri.Scheme}://{uri.Authority}" : "an address that is none"));

    private static async Task EnsureQueueAsync(NatsJSContext jetStream, FleetNames names, NatsFleetOptions options, CancellationToken cancellationToken)
    {
        var config = new StreamConfig(names.Queue, [names.AnyRequest])
        {
            Retention = StreamConfigRetention.Workqueue,
            Storage = StreamConfigStorage.File,
            Discard = StreamConfigDiscard.New,
            MaxAge = options.KeepRequests,
            DuplicateWindow = options.KeepRequests,
            NumReplicas = options.Replicas,
        };
        await FindOrCreateAsync(
            () => jetStream.GetStreamAsync(names.Queue, cancellationToken: cancellationToken),
            () => jetStream.CreateStreamAsync(config, cancellationToken),
            cancellationToken).ConfigureAwait(false);
    }

    private static ValueTask<INatsKVStore> OpenBucketAsync(
        NatsKVContext buckets, string name, NatsFleetOptions options, CancellationToken cancellationToken)
    {
        var config = new NatsKVConfig(name)
        {
            History = 1,
            Storage = NatsKVStorageType.File,
            MaxAge = options.KeepResults,
            NumberOfReplicas = options.Replicas,
        };
        return FindOrCreateAsync(
            () => buckets.GetStoreAsync(name, cancellationToken),
            () => buckets.CreateStoreAsync(config, cancellationToken),
            cancellationToken);
    }

    // A NATS that has just started, or is busy, may keep silent for a while.
    private static async ValueTask<T> FindOrCreateAsync<T>(Func<ValueTask<T>> find, Func<ValueTask<T>> create, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await FindOrElseAsync(find, create).ConfigureAwait(false);
            }
            catch (NatsException error) when (IsMadeByAnother(error) ? tries < MostTries : IsSilence(error) && Stopwatch.GetElapsedTime(since) < SilencePatience)
            {
                await Task.Delay(BetweenTries, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask<T> FindOrElseAsync<T>(Func<ValueTask<T>> find, Func<ValueTask<T>> create)
    {
        try
        {
            return await find().ConfigureAwait(false);
        }
        catch (NatsJSApiException error) when (error.Error.Code == NotFound)
        {
            return await create().ConfigureAwait(false);
        }
    }

    // Of processes that begin at once and create the same, NATS tells all but one that it is there already, or overlaps what is.
    private static bool IsMadeByAnother(NatsException error) => error is NatsJSApiException { Error.ErrCode: NameInUse or SubjectsOverlap };

    private static bool IsSilence(NatsException error) =>
        error is NatsJSApiNoResponseException or NatsNoRespondersException or NatsNoReplyException or NatsJSApiException { Error.Code: Unavailable };
}
