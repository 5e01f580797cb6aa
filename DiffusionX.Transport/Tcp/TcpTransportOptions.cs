using System.Net;

namespace DiffusionX.Transport.Tcp;

/// <summary>Where a <see cref="TcpTransport"/> connects to or listens, and how.</summary>
public sealed record TcpTransportOptions
{
    private const string PlainScheme = "tcp";
    private const string TlsScheme = "tls";

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

    /// <summary>Connections that wait to be accepted, at least 1.</summary>
    public int Backlog { get; init; } = 512;

    /// <summary>
    /// For the listening end: clients that are connected and have not been let in yet, at least 1. Beyond it the newest client gets the
    /// place of the one that has been at it longest.
    /// </summary>
    public int MaxUnauthenticated { get; init; } = 1024;

    /// <summary>For the listening end: how many of them may come from one address, or one network of IPv6 (/64), at least 1.</summary>
    public int MaxUnauthenticatedPerAddress { get; init; } = 256;

    /// <summary>
    /// For the listening end: bytes of large frames that are arriving, over all connections, at least 1. Beyond it they wait for each
    /// other; frames up to 256 KiB never do.
    /// </summary>
    public long MaxBytesInFlight { get; init; } = 128L << 20;

    /// <summary>For the listening end: how long a large frame may take to arrive while others wait for its room.</summary>
    public TimeSpan FrameTimeout { get; init; } = TimeSpan.FromSeconds(30);

    internal string Address => AddressOf(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}");

    /// <summary>Reads an address such as <c>tcp://example.org:7070</c>, or <c>tls://…</c> for TLS with the system's authorities.</summary>
    /// <exception cref="TransportException">It is not such an address.</exception>
    public static TcpTransportOptions FromAddress(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not (PlainScheme or TlsScheme) || uri.Port < 0)
        {
            throw new TransportException(
                $"'{address}' is not an address. It has to look like tcp://host:port, or tls://host:port for TLS.");
        }

        return new TcpTransportOptions { Host = uri.IdnHost, Port = uri.Port, Tls = uri.Scheme == TlsScheme ? new TlsOptions() : null };
    }

    internal string AddressOf(IPEndPoint endPoint) => AddressOf(endPoint.ToString());

    internal void Validate()
    {
        var check = new OptionChecker(message => new TransportException(message));
        check.Within(Port, IPEndPoint.MinPort, IPEndPoint.MaxPort, nameof(Port));
        check.AtLeast(MaxFrameBytes, 1, nameof(MaxFrameBytes));
        check.AtLeast(Backlog, 1, nameof(Backlog));
        check.AtLeast(MaxUnauthenticated, 1, nameof(MaxUnauthenticated));
        check.AtLeast(MaxUnauthenticatedPerAddress, 1, nameof(MaxUnauthenticatedPerAddress));
        check.AtLeast(MaxBytesInFlight, 1, nameof(MaxBytesInFlight));
        check.Duration(FrameTimeout, nameof(FrameTimeout));
        check.Duration(ConnectTimeout, nameof(ConnectTimeout));
        check.Duration(CloseTimeout, nameof(CloseTimeout));
        ThrowIf(string.IsNullOrWhiteSpace(Host), $"The option {nameof(Host)} is empty; it has to be a name or an address.");
        Tls?.Validate();
    }

    internal void ValidateForConnecting()
    {
        Validate();
        ThrowIf(Port == 0, $"There is no port to connect to at {Host}; set the one that the listening end tells.");
    }

    internal void ValidateForListening()
    {
        Validate();
        ThrowIf(
            Tls is { Certificate: null },
            "TLS is asked for, but the listening end has no certificate to show; set TlsOptions.Certificate.");
    }

    private static void ThrowIf(bool wrong, string message)
    {
        if (wrong)
        {
            throw new TransportException(message);
        }
    }

    private string AddressOf(string hostAndPort) => $"{(Tls is null ? PlainScheme : TlsScheme)}://{hostAndPort}";
}
