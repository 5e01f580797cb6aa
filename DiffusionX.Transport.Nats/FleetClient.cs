using System.Buffers.Binary;
using System.Threading.Channels;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace DiffusionX.Transport.Nats;

/// <summary>
/// A gateway's side of the fleet: puts requests into the queue and hears how they go. It keeps nothing that a request needs: another
/// gateway that is asked for the same one finds it where it is.
/// </summary>
internal sealed class FleetClient : IAsyncDisposable
{
    private const string GatewayHeader = "DiffusionX-Gateway";

    // A notice can be lost, as while NATS restarts; the outcome can't.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan MeasureEvery = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    private readonly FleetConnection fleet;
    private readonly ILogger log;
    private readonly string name = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray().AsSpan(0, 8));
    private readonly QueuePlaces places = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Task listening;

    public FleetClient(FleetConnection fleet, TimeProvider timeProvider, ILogger log)
    {
        this.fleet = fleet;
        this.log = log;
        Roster = new WorkerRoster(3 * fleet.Options.Heartbeat, timeProvider);
        listening = Task.WhenAll(
            ListenAsync(fleet.Names.AnyWorker, message => HearWorker(message.Data)),
            ListenAsync(fleet.Names.AnyTaken, message => HearTaken(message.Subject, message.Data)),
            MeasureAsync());
        FleetTelemetry.Track(this);
    }

    /// <summary>Who is there to compute.</summary>
    public WorkerRoster Roster { get; }

    /// <summary>Requests that wait in the queue, by model, as they were some seconds ago.</summary>
    public IReadOnlyDictionary<string, long> Depths { get; private set; } = new Dictionary<string, long>();

    /// <summary>
    /// Puts a request into the queue, or finds it where another gateway has put it, and waits for its outcome, as long as that takes.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; the request goes on.</exception>
    public async Task<RequestMessage> RunAsync(FleetRequest request, CancellationToken stopping)
    {
        var frame = MessageSerializer.Serialize(request.Message);
        if (frame.Length > fleet.MaxBytes)
        {
            // Looked at when this process started; NATS has begun anew with less since then.
            log.TooLarge(request.Key, frame.Length, fleet.MaxBytes);
            return FleetConnection.TooLarge(request.Message.RequestId);
        }

        // Before the request is there: nothing of what is said about it is missed.
        var notices = await fleet.Connection.SubscribeCoreAsync<byte[]>(fleet.Names.Notice(request.Key), cancellationToken: stopping).ConfigureAwait(false);
        await using var subscription = notices.ConfigureAwait(false);
        try
        {
            var (number, isNew) = await EnqueueAsync(request, frame, stopping).ConfigureAwait(false);
            places.Add(request, number);
            return await FollowAsync(request, notices.Msgs, isNew, stopping).ConfigureAwait(false);
        }
        finally
        {
            places.Remove(request);
        }
    }

    /// <summary>
    /// Nobody wants a request any more: it ends as this says, unless it has ended already, and whoever computes it stops within a step.
    /// </summary>
    public async Task WithdrawAsync(string key, Error end)
    {
        try
        {
            await fleet.TryEndAsync(key, end, closing.Token).ConfigureAwait(false);
            await fleet.Connection.PublishAsync(fleet.Names.Cancel(key), Array.Empty<byte>(), cancellationToken: closing.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is NatsException or OperationCanceledException)
        {
            log.NotWithdrawn(error.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        FleetTelemetry.Forget(this);
        await closing.CancelAsync().ConfigureAwait(false);
        await listening.ConfigureAwait(false);
        closing.Dispose();
    }

    /// <returns>The request's number in the stream, and whether it was not there before.</returns>
    private async Task<(ulong Number, bool IsNew)> EnqueueAsync(FleetRequest request, byte[] frame, CancellationToken stopping)
    {
        var id = request.Key;
        while (true)
        {
            try
            {
                var options = new NatsJSPubOpts { MsgId = id };
                var written = await fleet.JetStream.PublishAsync(fleet.Names.Request(request.Model), frame, opts: options, cancellationToken: stopping).ConfigureAwait(false);
                if (written.Error is { } refusal)
                {
                    throw new NatsJSApiException(refusal);
                }

                if (!written.Duplicate)
                {
                    return (written.Seq, IsNew: true);
                }

                if (await IsWithdrawnAsync(request.Key, stopping).ConfigureAwait(false) is not { } revision)
                {
                    await TakeOverAsync(request.Key, stopping).ConfigureAwait(false);
                    return (written.Seq, IsNew: false);
                }

                // Somebody gave it up, and its client has come back all the same. Two gateways that do this at once do it once.
                await fleet.Outcomes.TryDeleteAsync(request.Key, new() { Revision = revision }, stopping).ConfigureAwait(false);
                id = $"{request.Key}.{revision}";
            }
            catch (NatsException error)
            {
                log.NotQueued(error.Message);
                await Task.Delay(RetryPause, stopping).ConfigureAwait(false);
            }
        }
    }

    private async Task<ulong?> IsWithdrawnAsync(string key, CancellationToken stopping) =>
        await fleet.FindOutcomeAsync(key, stopping).ConfigureAwait(false) is ({ } outcome, var revision) && outcome is Error { Code: ErrorCode.Cancelled }
            ? revision
            : null;

    // The gateway that had it before lets it go without a word to the workers.
    private ValueTask TakeOverAsync(string key, CancellationToken stopping) => fleet.Connection.PublishAsync(
        fleet.Names.Notice(key), Array.Empty<byte>(), new NatsHeaders { [GatewayHeader] = name }, cancellationToken: stopping);

    private async Task<RequestMessage> FollowAsync(
        FleetRequest request, ChannelReader<NatsMsg<byte[]>> notices, bool isNew, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var heard = ListenAsync(request, notices, ended.Token);
        var found = LookAsync(request.Key, isNew ? Look : TimeSpan.Zero, ended.Token);
        var first = await Task.WhenAny(heard, found).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await ((Task)(first == heard ? found : heard)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await first.ConfigureAwait(false);
    }

    private async Task<RequestMessage> ListenAsync(FleetRequest request, ChannelReader<NatsMsg<byte[]>> notices, CancellationToken ended)
    {
        while (true)
        {
            if (Hear(request, await notices.ReadAsync(ended).ConfigureAwait(false)) is { } outcome)
            {
                return outcome;
            }
        }
    }

    private async Task<RequestMessage> LookAsync(string key, TimeSpan pause, CancellationToken ended)
    {
        while (true)
        {
            await Task.Delay(pause, ended).ConfigureAwait(false);
            if (await LookOnceAsync(key, ended).ConfigureAwait(false) is { } found)
            {
                return found;
            }

            pause = Look;
        }
    }

    private async Task<RequestMessage?> LookOnceAsync(string key, CancellationToken stopping)
    {
        try
        {
            return (await fleet.FindOutcomeAsync(key, stopping).ConfigureAwait(false))?.Outcome;
        }
        catch (NatsException)
        {
            return null;
        }
    }

    /// <returns>The outcome, where it is one.</returns>
    private RequestMessage? Hear(FleetRequest request, NatsMsg<byte[]> notice)
    {
        if (notice.Headers is { } headers && headers.TryGetValue(GatewayHeader, out var gateway))
        {
            return gateway == name ? null : throw new RequestTakenOverException();
        }

        switch (notice.Data is { } bytes ? FleetConnection.Read(bytes) : null)
        {
            case Accepted:
                places.Remove(request);
                request.MoveTo(0);
                return null;
            case Progress progress:
                request.Tell(progress);
                return null;
            case RequestMessage outcome and (Result or Error):
                return outcome;
            default:
                return null;
        }
    }

    private void HearWorker(byte[]? bytes)
    {
        if (WorkerHeartbeat.Read(bytes) is { } heartbeat)
        {
            Roster.Hear(heartbeat);
        }
    }

    private void HearTaken(string subject, byte[]? bytes)
    {
        if (bytes is { Length: sizeof(ulong) })
        {
            places.Taken(FleetNames.LastToken(subject), BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }
    }

    private async Task MeasureAsync()
    {
        using var timer = new PeriodicTimer(MeasureEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(closing.Token).ConfigureAwait(false))
            {
                Depths = await MeasureDepthsAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }

    private async Task<Dictionary<string, long>> MeasureDepthsAsync()
    {
        var depths = new Dictionary<string, long>();
        foreach (var model in Roster.Live().Select(worker => worker.Model).Distinct())
        {
            try
            {
                var consumer = await fleet.JetStream.GetConsumerAsync(fleet.Names.Queue, model, closing.Token).ConfigureAwait(false);
                depths[model] = (long)consumer.Info.NumPending;
            }
            catch (NatsException)
            {
                // Nobody knows it just now.
            }
        }

        return depths;
    }

    private async Task ListenAsync(string subject, Action<NatsMsg<byte[]>> hear)
    {
        while (!closing.IsCancellationRequested)
        {
            try
            {
                await foreach (var message in fleet.Connection.SubscribeAsync<byte[]>(subject, cancellationToken: closing.Token).ConfigureAwait(false))
                {
                    hear(message);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (NatsException error)
            {
                log.NotHeard(subject, error.Message);
                await Task.Delay(RetryPause).ConfigureAwait(false);
            }
        }
    }
}

/// <summary>The client of a request has come back through another gateway, which sees to it from now on.</summary>
internal sealed class RequestTakenOverException() : DiffusionXException("The request's client has come back through another gateway.");
