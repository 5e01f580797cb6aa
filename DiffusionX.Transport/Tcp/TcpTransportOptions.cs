namespace DiffusionX.Transport.Tcp;

/// <summary>Where a <see cref="TcpTransport"/> connects to or listens, and how.</summary>
public sealed record TcpTransportOptions
{
    /// <summary>A name or address. The default is reachable from this machine alone.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port, 0 to 65535. Listening on 0 takes a free one, which <see cref="IConnectionListener.Address"/> tells.</summary>
    public int Port { get; init; }

    /// <summary>How to use TLS; null for none.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>The largest frame in bytes, at least 1.</summary>
    public int MaxFrameBytes { get; init; } = FrameSize.DefaultMaxBytes;

    /// <summary>How long connecting may take, TLS included, and how long a client may take over TLS.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long closing in order may take before the connection is cut.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Connections that wait to be accepted.</summary>
    public int Backlog { get; init; } = 512;

    /// <summary>Reads an address such as <c>tcp://example.org:7070</c>, or <c>tls://…</c> for TLS with the system's authorities.</summary>
    /// <exception cref="TransportException">It is not such an address.</exception>
    public static TcpTransportOptions FromAddress(string address) => throw new NotImplementedException();
}
