namespace DiffusionX.Transport;

/// <summary>How two ends meet: one listens, the other connects.</summary>
public interface ITransport
{
    /// <summary>Connects to the end that listens.</summary>
    /// <exception cref="ConnectionFailedException">Nobody listens there, or the two could not agree on how to talk.</exception>
    ValueTask<IConnection> ConnectAsync(CancellationToken cancellationToken = default);

    /// <summary>Begins to listen for connections.</summary>
    /// <exception cref="TransportException">The address is taken or not allowed.</exception>
    ValueTask<IConnectionListener> ListenAsync(CancellationToken cancellationToken = default);
}
