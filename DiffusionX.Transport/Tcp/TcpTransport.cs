using Microsoft.Extensions.Logging;

namespace DiffusionX.Transport.Tcp;

/// <summary>Connects two ends over TCP, with TLS or without.</summary>
public sealed class TcpTransport : ITransport
{
    /// <summary>Makes a transport for one address.</summary>
    /// <param name="options">Where and how. They are checked when they are used first.</param>
    /// <param name="logger">Learns of clients that are turned away before a connection comes about; null for nobody.</param>
    public TcpTransport(TcpTransportOptions options, ILogger<TcpTransport>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        _ = logger;
    }

    /// <summary>Where and how.</summary>
    public TcpTransportOptions Options { get; }

    /// <inheritdoc/>
    public ValueTask<IConnection> ConnectAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> ListenAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
