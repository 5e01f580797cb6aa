using DiffusionX.Pipeline;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Edge;

/// <summary>A session's way to the cloud: one connection at a time, made when it is needed and again after it was lost.</summary>
internal sealed class CloudLink : IAsyncDisposable
{
    // A cloud that is there answers two pings before that time is over.
    private const int PingsPerIdleTimeout = 3;

    private readonly ITransport link;
    private readonly Hello hello;
    private readonly MessageChannelOptions settings;
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly ByteCounter earlier = new();
    private readonly CancellationTokenSource closing = new();
    private CloudConnection? connection;
    private Task<bool> ahead = Task.FromResult(true);
    private bool disposed;

    public CloudLink(ITransport link, EdgeSessionOptions options, ModelFingerprints fingerprints)
    {
        this.link = link;
        Fingerprints = fingerprints;
        hello = new Hello
        {
            Token = options.Token,
            VaeFingerprint = fingerprints.Vae,
            ScheduleFingerprint = fingerprints.NoiseSchedule,
            SessionId = SecretId.New(),
            Client = options.ClientName,
        };
        settings = new MessageChannelOptions
        {
            HandshakeTimeout = options.Refinement.IdleTimeout,
            IdleTimeout = options.Refinement.IdleTimeout,
            PingEvery = options.Refinement.IdleTimeout / PingsPerIdleTimeout,
            TimeProvider = options.TimeProvider,
        };
    }

    /// <summary>The edge's model, as the cloud is told.</summary>
    public ModelFingerprints Fingerprints { get; }

    /// <summary>Bytes to the cloud over all connections so far.</summary>
    public long BytesSent => earlier.Sent + (connection?.BytesSent ?? 0);

    /// <summary>Bytes from the cloud over all connections so far.</summary>
    public long BytesReceived => earlier.Received + (connection?.BytesReceived ?? 0);

    /// <summary>The connection, made now if there is none.</summary>
    /// <exception cref="TransportException">The cloud can't be reached, or refuses.</exception>
    public async Task<CloudConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (connection is not { IsOpen: true })
            {
                await DropAsync().ConfigureAwait(false);
                connection = await ShakeHandsAsync(cancellationToken).ConfigureAwait(false);
            }

            return connection;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>
    /// Begins to connect, unless that is under way or done. Whether it succeeds shows when the connection is needed; after a cloud has refused, it is not
    /// asked again before.
    /// </summary>
    public void ConnectAhead()
    {
        if (connection is not { IsOpen: true } && ahead is { IsCompleted: true, Result: true })
        {
            ahead = Task.Run(TryConnectAsync);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync().ConfigureAwait(false);
        await ahead.ConfigureAwait(false);
        closing.Dispose();
        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            disposed = true;
            await DropAsync().ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <returns>Whether to try again.</returns>
    private async Task<bool> TryConnectAsync()
    {
        try
        {
            await ConnectAsync(closing.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is TransportException or OperationCanceledException or ObjectDisposedException)
        {
            return error is not HandshakeException;
        }
    }

    private async Task<CloudConnection> ShakeHandsAsync(CancellationToken cancellationToken)
    {
        var line = await link.ConnectAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var (channel, _) = await MessageChannel.ConnectAsync(line, hello, settings, cancellationToken).ConfigureAwait(false);
            return new CloudConnection(channel);
        }
        catch
        {
            earlier.Add(line);
            throw;
        }
    }

    private async ValueTask DropAsync()
    {
        if (connection is { } old)
        {
            connection = null;
            await old.DisposeAsync().ConfigureAwait(false);
            earlier.Add(old.Line);
        }
    }
}

/// <summary>The bytes of connections that are gone.</summary>
internal sealed class ByteCounter
{
    public long Sent { get; private set; }

    public long Received { get; private set; }

    public void Add(IConnection connection)
    {
        Sent += connection.BytesSent;
        Received += connection.BytesReceived;
    }
}
