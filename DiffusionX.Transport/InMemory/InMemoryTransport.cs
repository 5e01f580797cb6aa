namespace DiffusionX.Transport.InMemory;

/// <summary>Connects two ends in one process. One object is one address: what connects to it meets what listens on it.</summary>
public sealed class InMemoryTransport : ITransport
{
    private static int addresses;

    private readonly string address = $"memory://{Interlocked.Increment(ref addresses)}";
    private InMemoryConnectionListener? listener;

    /// <summary>Makes an address of its own.</summary>
    /// <param name="options">Bounds; null for the default ones. They are checked when they are used first.</param>
    public InMemoryTransport(InMemoryTransportOptions? options = null) => Options = options ?? new InMemoryTransportOptions();

    /// <summary>The bounds.</summary>
    public InMemoryTransportOptions Options { get; }

    /// <inheritdoc/>
    public async ValueTask<IConnection> ConnectAsync(CancellationToken cancellationToken = default)
    {
        Options.Validate();
        var target = Volatile.Read(ref listener)
            ?? throw new ConnectionFailedException(
                $"Nobody listens at {address}. Start the end that listens before the one that connects.");
        var (connecting, listening) = InMemoryConnection.CreatePair(address, Options);
        await target.EnqueueAsync(listening, cancellationToken).ConfigureAwait(false);
        return connecting;
    }

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> ListenAsync(CancellationToken cancellationToken = default)
    {
        Options.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        var created = new InMemoryConnectionListener(address, Options.Backlog, StopListening);
        if (Interlocked.CompareExchange(ref listener, created, null) is not null)
        {
            throw new TransportException(
                $"Something listens at {address} already. Dispose that listener first, or use another InMemoryTransport.");
        }

        return ValueTask.FromResult<IConnectionListener>(created);
    }

    private void StopListening(InMemoryConnectionListener stopped) => Interlocked.CompareExchange(ref listener, null, stopped);
}
