namespace DiffusionX.Transport.InMemory;

/// <summary>Connects two ends in one process. One object is one address: what connects to it meets what listens on it.</summary>
public sealed class InMemoryTransport : ITransport
{
    /// <summary>Makes an address of its own.</summary>
    /// <param name="options">Bounds; null for the default ones.</param>
    public InMemoryTransport(InMemoryTransportOptions? options = null) => Options = options ?? new InMemoryTransportOptions();

    /// <summary>The bounds.</summary>
    public InMemoryTransportOptions Options { get; }

    /// <inheritdoc/>
    public ValueTask<IConnection> ConnectAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> ListenAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
