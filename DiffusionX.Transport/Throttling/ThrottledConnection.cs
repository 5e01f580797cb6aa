using System.Threading.Channels;

namespace DiffusionX.Transport.Throttling;

internal sealed class ThrottledConnection : IConnection
{
    private readonly IConnection inner;
    private readonly Lane up;
    private readonly Lane down;
    private readonly CancellationTokenSource aborting = new();
    private readonly CancellationTokenSource disposing = new();
    private readonly Task carryingUp;
    private readonly Task carryingDown;
    private volatile bool disposed;

    public ThrottledConnection(IConnection inner, Lane up, Lane down)
    {
        this.inner = inner;
        this.up = up;
        this.down = down;
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
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, aborting.Token);
        try
        {
            await up.EnterAsync(frame.ToArray(), stopping.Token).ConfigureAwait(false);
        }
        catch (ConnectionLostException)
        {
            Abort();
            throw;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Abort();
            throw;
        }
        catch (Exception ended) when (ended is OperationCanceledException or ChannelClosedException)
        {
            throw Lost(ended);
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
            throw Lost(null);
        }
    }

    public void Abort()
    {
        aborting.Cancel();
        inner.Abort();
        up.Close(Lost(null));
        down.Close(Lost(null));
    }

    /// <summary>What is in flight arrives first: closing takes as long as the link does.</summary>
    public async ValueTask DisposeAsync()
    {
        disposed = true;
        up.Close();
        await carryingUp.ConfigureAwait(false);
        await inner.DisposeAsync().ConfigureAwait(false);
        await disposing.CancelAsync().ConfigureAwait(false);
        await carryingDown.ConfigureAwait(false);
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
        catch (Exception error)
        {
            up.Close(error);
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
        catch (ConnectionLostException lost)
        {
            down.Close(lost);
            Abort();
        }
        catch (Exception error)
        {
            down.Close(error);
        }
    }

    private ConnectionLostException Lost(Exception? reason) =>
        new($"The connection to {Peer} is gone: {reason?.InnerException?.Message ?? "it was aborted at this end."} Connect again.", reason);
}
