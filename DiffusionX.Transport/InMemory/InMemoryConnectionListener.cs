using System.Threading.Channels;

namespace DiffusionX.Transport.InMemory;

internal sealed class InMemoryConnectionListener(
    string address, int backlog, Action<InMemoryConnectionListener> stopped) : IConnectionListener
{
    private readonly Channel<InMemoryConnection> waiting = Channel.CreateBounded<InMemoryConnection>(backlog);

    public string Address => address;

    public bool IsLocal => true;

    public bool IsEncrypted => true;

    public async ValueTask<IConnection> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await waiting.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(GetType().FullName);
        }
    }

    public async ValueTask EnqueueAsync(InMemoryConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await waiting.Writer.WriteAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException closed)
        {
            throw new ConnectionFailedException($"The end at {address} has stopped listening.", closed);
        }
    }

    public ValueTask DisposeAsync()
    {
        stopped(this);
        waiting.Writer.TryComplete();
        while (waiting.Reader.TryRead(out var unaccepted))
        {
            unaccepted.Abort();
        }

        return ValueTask.CompletedTask;
    }
}
