using System.Threading.Channels;

namespace DiffusionX.Transport.InMemory;

internal sealed class InMemoryConnection : IConnection
{
    private readonly FramePipe outgoing;
    private readonly FramePipe incoming;
    private long bytesSent;
    private long bytesReceived;
    private volatile bool disposed;

    private InMemoryConnection(string peer, int maxFrameBytes, FramePipe outgoing, FramePipe incoming)
    {
        Peer = peer;
        MaxFrameBytes = maxFrameBytes;
        this.outgoing = outgoing;
        this.incoming = incoming;
    }

    public string Peer { get; }

    public int MaxFrameBytes { get; set; }

    public long BytesSent => Volatile.Read(ref bytesSent);

    public long BytesReceived => Volatile.Read(ref bytesReceived);

    public static (InMemoryConnection Connecting, InMemoryConnection Listening) CreatePair(string address, InMemoryTransportOptions options)
    {
        var up = new FramePipe(options);
        var down = new FramePipe(options);
        return (
            new InMemoryConnection(address, options.MaxFrameBytes, up, down),
            new InMemoryConnection($"a client of {address}", options.MaxFrameBytes, down, up));
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
    {
        FrameSize.ThrowIfNotSendable(frame.Length, this);
        try
        {
            await outgoing.WriteAsync(frame.ToArray(), cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException closed)
        {
            throw Ended(closed.InnerException);
        }

        Interlocked.Add(ref bytesSent, FrameSize.PrefixBytes + frame.Length);
    }

    public async ValueTask<byte[]?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        while (await WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (incoming.TryRead(out var frame))
            {
                return Take(frame);
            }
        }

        ObjectDisposedException.ThrowIf(disposed, this);
        return null;
    }

    public void Abort()
    {
        End(new ConnectionLostException($"The connection to {Peer} was aborted at one end."));
        DropArrived();
    }

    public ValueTask DisposeAsync()
    {
        disposed = true;
        End(null);
        DropArrived();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await incoming.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ConnectionLostException lost)
        {
            throw Ended(lost);
        }
    }

    private byte[] Take(byte[] frame)
    {
        FrameSize.ThrowIfTooLarge(frame.Length, MaxFrameBytes, Peer);
        Interlocked.Add(ref bytesReceived, FrameSize.PrefixBytes + frame.Length);
        return frame;
    }

    private void End(ConnectionLostException? reason)
    {
        outgoing.Complete(reason);
        incoming.Complete(reason ?? new ConnectionLostException($"The other end of {Peer} has closed the connection."));
    }

    private void DropArrived()
    {
        while (incoming.TryRead(out _))
        {
        }
    }

    private Exception Ended(Exception? reason) => disposed
        ? new ObjectDisposedException(GetType().FullName)
        : new ConnectionLostException(
            $"The connection to {Peer} is gone: {reason?.Message ?? "the other end has closed it."} Connect again.", reason);
}
