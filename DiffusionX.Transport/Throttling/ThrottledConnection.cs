using System.Threading.Channels;

namespace DiffusionX.Transport.Throttling;

internal sealed class ThrottledConnection : IConnection
{
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    private readonly IConnection inner;
    private readonly Lane up;
    private readonly Lane down;
    private readonly LinkClock clock;
    private readonly CancellationTokenSource aborting = new();
    private readonly CancellationTokenSource blocked = new();
    private readonly CancellationTokenSource disposing = new();
    private readonly Task carryingUp;
    private readonly Task carryingDown;
    private Exception? cause;
    private volatile bool disposed;

    public ThrottledConnection(IConnection inner, Lane up, Lane down, LinkClock clock)
    {
        this.inner = inner;
        this.up = up;
        this.down = down;
        this.clock = clock;
        carryingUp = CarryUpAsync();
        carryingDown = CarryDownAsync();
    }

    public string Peer => inner.Peer;

    public int MaxFrameBytes
    {
        get => inner.MaxFrameBytes;
        set => inner.MaxFrameBytes = value;
    }

    public long BytesSent => up.Bytes;

    public long BytesReceived => down.Bytes;

    public async ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        FrameSize.ThrowIfNotSendable(frame.Length, this);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, blocked.Token);
        try
        {
            await up.EnterAsync(frame.ToArray(), stopping.Token).ConfigureAwait(false);
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
            return await down.LeaveAsync(stopping.Token).ConfigureAwait(false);
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
        if (!await clock.IsDoneByAsync(carryingUp, up.LastArrival + ClosePatience).ConfigureAwait(false))
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
            while (await up.LeaveAsync(aborting.Token).ConfigureAwait(false) is { } frame)
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
                await down.EnterAsync(frame, stopping.Token).ConfigureAwait(false);
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
