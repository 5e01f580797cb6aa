using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DiffusionX.Transport.Tcp;

/// <summary>Connects two ends over TCP, with TLS or without.</summary>
public sealed class TcpTransport : ITransport
{
    private readonly ILogger logger;

    /// <summary>Makes a transport for one address.</summary>
    /// <param name="options">Where and how. They are checked when they are used first.</param>
    /// <param name="logger">Learns of clients that are turned away before a connection comes about; null for nobody.</param>
    public TcpTransport(TcpTransportOptions options, ILogger<TcpTransport>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        this.logger = logger ?? NullLogger<TcpTransport>.Instance;
    }

    /// <summary>Where and how.</summary>
    public TcpTransportOptions Options { get; }

    /// <inheritdoc/>
    public async ValueTask<IConnection> ConnectAsync(CancellationToken cancellationToken = default)
    {
        Options.ValidateForConnecting();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Options.ConnectTimeout);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(Options.Host, Options.Port, timeout.Token).ConfigureAwait(false);
            var stream = await SecureAsync(new NetworkStream(socket), timeout.Token).ConfigureAwait(false);
            return new TcpConnection(socket, stream, Options.Address, Options);
        }
        catch (Exception error)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw Failed(error);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IConnectionListener> ListenAsync(CancellationToken cancellationToken = default)
    {
        Options.ValidateForListening();
        try
        {
            var endPoint = new IPEndPoint(await ResolveAsync(cancellationToken).ConfigureAwait(false), Options.Port);
            return new TcpConnectionListener(Listen(endPoint), Options, logger);
        }
        catch (SocketException error)
        {
            throw new TransportException(
                $"Can't listen at {Options.Address}: {NetworkFault.Describe(error)}. Choose a free port and an address of this machine.",
                error);
        }
    }

    private Socket Listen(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen(Options.Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<IPAddress> ResolveAsync(CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(Options.Host, out var address))
        {
            return address;
        }

        var addresses = await Dns.GetHostAddressesAsync(Options.Host, cancellationToken).ConfigureAwait(false);
        return addresses[0];
    }

    private async Task<Stream> SecureAsync(NetworkStream stream, CancellationToken cancellationToken) => Options.Tls is null
        ? stream
        : await TlsAuthentication.AuthenticateAsClientAsync(stream, Options.Tls, Options.Host, cancellationToken).ConfigureAwait(false);

    private ConnectionFailedException Failed(Exception error) => error switch
    {
        OperationCanceledException => new(
            $"{Options.Address} did not answer within {Options.ConnectTimeout.TotalSeconds:0.#} s. Check that the server runs.", error),
        AuthenticationException => new(
            $"TLS with {Options.Address} failed: {NetworkFault.Describe(error)}. Check the server's certificate, or trust it by its "
            + "fingerprint (TlsOptions.TrustedFingerprints).", error),
        _ => new(
            $"Can't connect to {Options.Address}: {NetworkFault.Describe(error)}. Check that the server runs there and speaks "
            + $"{(Options.Tls is null ? "plain TCP" : "TLS")}.",
            error),
    };
}
