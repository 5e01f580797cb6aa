using System.Threading.Channels;

namespace DiffusionX.Transport.Throttling;

internal sealed class ThrottledConnection : IConnection
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly IConnection inner;
    private readonly FrameQueue up;
    private readonly FrameQueue down;
    private readonly LinkClock clock;
    private readonly CancellationTokenSource aborting = new();
    private readonly CancellationTokenSource blocked = new();
    private readonly CancellationTokenSource disposing = new();
    private readonly Task carryingUp;
    private readonly Task carryingDown;
    private Exception? cause;
    private volatile bool disposed;

    public ThrottledConnection(IConnection inner, FrameQueue up, FrameQueue down, LinkClock clock)
    {
        this.inner = inner;
        this.up = up;
        this.down = down;
        this.clock = clock;
        MaxFrameBytes = inner.MaxFrameBytes;
        carryingUp = CarryUpAsync();
        carryingDown = CarryDownAsync();
    }

    public string Peer => inner.Peer;

    /// <summary>
    /// Frames are read ahead, as much as the link holds: the bound counts when a frame is taken, and the one below stays as it was.
    /// </summary>
    public int MaxFrameBytes { get; set; }

    public long BytesSent => up.Bytes;

    public long BytesReceived => down.Bytes;

    public async ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        FrameSize.ThrowIfNotSendable(frame.Length, this);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, blocked.Token);
        try
        {
            await up.EnqueueAsync(frame.ToArray(), stopping.Token).ConfigureAwait(false);
        }
        catch (ConnectionLostException lost)
        {
            End(lost);
            throw;
        }
        catch (OperationCanceledException) when (!blocked.IsCancellationRequested)
        {
            Abort();
            throw;
        }
        catch (Exception ended) when (ended is OperationCanceledException or ChannelClosedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Lost();
        }
    }

    public async ValueTask<byte[]?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, aborting.Token, disposing.Token);
        try
        {
            var frame = await down.DequeueAsync(stopping.Token).ConfigureAwait(false);
            FrameSize.ThrowIfTooLarge(frame?.Length ?? 0, MaxFrameBytes, Peer);
            return frame;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            throw Lost();
        }
    }

    public void Abort() => End(null);

    /// <summary>What is in flight arrives first: closing takes as long as the link does.</summary>
    public async ValueTask DisposeAsync()
    {
        disposed = true;
        up.Close();
        if (!await clock.IsDoneByAsync(carryingUp, up.LastArrival + CloseTimeout).ConfigureAwait(false))
        {
            Abort();
        }

        await inner.DisposeAsync().ConfigureAwait(false);
        await disposing.CancelAsync().ConfigureAwait(false);
        await blocked.CancelAsync().ConfigureAwait(false);
        await carryingDown.ConfigureAwait(false);
        up.Dispose();
        down.Dispose();
    }

    private async Task CarryUpAsync()
    {
        try
        {
            while (await up.DequeueAsync(aborting.Token).ConfigureAwait(false) is { } frame)
            {
                await inner.SendAsync(frame, aborting.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // Aborted.
        }
        catch (Exception error)
        {
            // What the other end said before it left can still be heard.
            Interlocked.CompareExchange(ref cause, error, null);
            up.Close(error);
            await blocked.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task CarryDownAsync()
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(aborting.Token, disposing.Token);
        try
        {
            while (await inner.ReceiveAsync(stopping.Token).ConfigureAwait(false) is { } frame)
            {
                await down.EnqueueAsync(frame, stopping.Token).ConfigureAwait(false);
            }

            down.Close();
        }
        catch (OperationCanceledException)
        {
            down.Close(Lost());
        }
        catch (ConnectionLostException lost)
        {
            End(lost);
        }
        catch (Exception error)
        {
            down.Close(error);
        }
    }

    private void End(Exception? reason)
    {
        Interlocked.CompareExchange(ref cause, reason, null);
        blocked.Cancel();
        aborting.Cancel();
        inner.Abort();
        up.Close(Lost());
        down.Close(Lost());
    }

    private ConnectionLostException Lost() => new(
        $"The connection to {Peer} is gone: {cause?.Message ?? "it was aborted at this end. Connect again."}", cause);
}
