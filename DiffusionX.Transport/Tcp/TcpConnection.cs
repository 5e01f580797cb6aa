using System.IO.Pipelines;
using System.Net.Sockets;

namespace DiffusionX.Transport.Tcp;

internal sealed class TcpConnection : IConnection, IAcceptedConnection
{
    private static readonly StreamPipeReaderOptions ReaderOptions = new(bufferSize: 16 * 1024, useZeroByteReads: true, leaveOpen: true);

    private readonly Socket socket;
    private readonly Stream stream;
    private readonly FrameReader reader;
    private readonly FrameWriter writer;
    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly TimeSpan closeTimeout;
    private readonly UnauthenticatedClients.Place? place;
    private volatile bool disposed;
    private volatile bool closedByPeer;
    private volatile bool aborted;

    /// <summary>Takes over a connected socket and the stream on top of it.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="stream">What carries the bytes.</param>
    /// <param name="peer">Who is at the other end, for people.</param>
    /// <param name="options">The settings.</param>
    /// <param name="place">The place of a client that has not been let in; null at the connecting end.</param>
    /// <param name="budget">The room for frames of all clients; null at the connecting end.</param>
    public TcpConnection(
        Socket socket,
        Stream stream,
        string peer,
        TcpTransportOptions options,
        UnauthenticatedClients.Place? place = null,
        FrameBudget? budget = null)
    {
        this.socket = socket;
        this.stream = stream;
        this.place = place;
        reader = new FrameReader(PipeReader.Create(stream, ReaderOptions), peer, budget, Abort);
        writer = new FrameWriter(PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)));
        closeTimeout = options.CloseTimeout;
        Peer = peer;
        MaxFrameBytes = options.MaxFrameBytes;
    }

    public string Peer { get; }

    public int MaxFrameBytes
    {
        get => reader.MaxFrameBytes;
        set => reader.MaxFrameBytes = value;
    }

    public string? Origin => place?.Network.ToString();

    public TimeSpan Age => place?.Age ?? TimeSpan.Zero;

    public long BytesSent => writer.BytesSent;

    public long BytesReceived => reader.BytesReceived;

    private bool HasEnded => disposed || aborted;

    public async ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default)
    {
        FrameSize.ThrowIfNotSendable(frame.Length, this);
        await sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfEnded();
            await writer.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Part of the frame may be on its way: what comes after it would be read as its rest.
            Abort();
            throw;
        }
        catch (Exception error) when (IsBreak(error))
        {
            throw Broken(error);
        }
        finally
        {
            sending.Release();
        }
    }

    public async ValueTask<byte[]?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfEnded();
        if (closedByPeer)
        {
            return null;
        }

        try
        {
            var frame = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);

            // Closing drops what has arrived: what is read beside it is no frame of the other end's.
            ObjectDisposedException.ThrowIf(disposed, this);
            closedByPeer = frame is null;
            return frame;
        }
        catch (Exception error) when (IsBreak(error) || (HasEnded && error is not OperationCanceledException))
        {
            throw Broken(error);
        }
    }

    public void LetIn() => place?.Dispose();

    public void Abort()
    {
        aborted = true;
        try
        {
            // With nothing to linger for, closing resets the connection instead of ending it in order.
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception error) when (IsBreak(error))
        {
            // It is closed already.
        }

        Close();
    }

    public async ValueTask DisposeAsync()
    {
        if (!await sending.WaitAsync(closeTimeout).ConfigureAwait(false))
        {
            Abort();
            return;
        }

        try
        {
            await SayCloseAsync().ConfigureAwait(false);
        }
        finally
        {
            sending.Release();
            Close();
        }
    }

    private static bool IsBreak(Exception error) => error is IOException or SocketException or ObjectDisposedException;

    private async ValueTask SayCloseAsync()
    {
        if (HasEnded)
        {
            return;
        }

        disposed = true;
        using var timeout = new CancellationTokenSource(closeTimeout);
        try
        {
            await writer.WriteCloseAsync(timeout.Token).ConfigureAwait(false);
            socket.Shutdown(SocketShutdown.Send);
            DropArrived();
        }
        catch (Exception error) when (IsBreak(error) || error is OperationCanceledException)
        {
            // There is nobody to tell.
        }
    }

    /// <summary>Bytes that nobody reads make closing a reset, which can overtake what was sent last.</summary>
    private void DropArrived()
    {
        // A receive that waits may take them first: this one then finds none, and must not wait for more.
        socket.Blocking = false;
        Span<byte> dropped = stackalloc byte[4096];
        for (var available = Math.Min(socket.Available, MaxFrameBytes); available > 0; available -= dropped.Length)
        {
            socket.Receive(dropped);
        }
    }

    private void Close()
    {
        stream.Dispose();
        socket.Dispose();
        reader.Dispose();
        place?.Dispose();
    }

    private void ThrowIfEnded()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (aborted)
        {
            throw new ConnectionLostException($"The connection to {Peer} was aborted at this end. Connect again.");
        }
    }

    private Exception Broken(Exception error)
    {
        if (disposed)
        {
            return new ObjectDisposedException(GetType().FullName, error);
        }

        var reason = aborted ? "it was aborted at this end." : $"{NetworkFault.Describe(error)}.";
        return new ConnectionLostException($"The connection to {Peer} broke: {reason} Connect again.", error);
    }
}
