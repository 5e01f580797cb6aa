namespace DiffusionX.Transport.Messages;

/// <summary>Sends and receives messages over a connection: many may send at once, one receives.</summary>
internal sealed class MessageStream(IConnection connection, MessageChannelOptions options) : IAsyncDisposable
{
    private readonly StallWatch stalls = new(connection, options.IdleTimeout, options.TimeProvider);
    private readonly SemaphoreSlim turn = new(1, 1);
    private Task<byte[]?>? receiving;

    public IConnection Connection => connection;

    public ValueTask SendAsync(Message message, CancellationToken cancellationToken) =>
        SendFrameAsync(MessageSerializer.Serialize(message), cancellationToken);

    public async ValueTask SendFrameAsync(byte[] frame, CancellationToken cancellationToken)
    {
        FrameSize.ThrowIfNotSendable(frame.Length, connection);
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);

        // A cancelled sender stops waiting; half a frame on the wire would end the connection for all others.
        var writing = WriteAsync(frame);
        Observe(writing);
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The next message of a known kind; null when the other end closed the connection in order.</summary>
    public async ValueTask<Message?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (await ReceiveFrameAsync(cancellationToken).ConfigureAwait(false) is { } frame)
        {
            if (MessageSerializer.Deserialize(frame, connection.Peer) is { } message)
            {
                return message;
            }
        }

        return null;
    }

    /// <summary>The next frame as it came; null when the other end closed the connection in order.</summary>
    public async ValueTask<byte[]?> ReceiveFrameAsync(CancellationToken cancellationToken)
    {
        // What has arrived already is not waited for: one who floods would never be left otherwise.
        cancellationToken.ThrowIfCancellationRequested();
        if (receiving is null)
        {
            receiving = connection.ReceiveAsync(CancellationToken.None).AsTask();
            Observe(receiving);
        }

        // A wait that is cancelled leaves its frame to the next one.
        await stalls.WhileReceivingAsync(receiving, cancellationToken).ConfigureAwait(false);
        var frame = await receiving.ConfigureAwait(false);
        receiving = null;
        return frame;
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static void Observe(Task task) =>
        task.ContinueWith(
            static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private async Task WriteAsync(byte[] frame)
    {
        try
        {
            await stalls.WhileSendingAsync(connection.SendAsync(frame, CancellationToken.None).AsTask()).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }
}
