using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Transport.Tcp;

/// <summary>Accepts in the background, so that a client that dawdles over TLS holds nobody else up.</summary>
internal sealed partial class TcpConnectionListener : IConnectionListener
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(50);

    private readonly Socket socket;
    private readonly TcpTransportOptions options;
    private readonly ILogger logger;
    private readonly IPEndPoint endPoint;
    private readonly Channel<TcpConnection> ready;
    private readonly UnauthenticatedClients unauthenticated;
    private readonly FrameBudget frames;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;

    /// <summary>Takes over a socket that listens.</summary>
    public TcpConnectionListener(Socket socket, TcpTransportOptions options, ILogger logger)
    {
        this.socket = socket;
        this.options = options;
        this.logger = new RateLimitedLogger(logger, TimeProvider.System);
        endPoint = (IPEndPoint)socket.LocalEndPoint!;
        ready = Channel.CreateBounded<TcpConnection>(options.Backlog);
        unauthenticated = new UnauthenticatedClients(options.MaxUnauthenticatedPerAddress, options.MaxUnauthenticated);
        frames = new FrameBudget(options.MaxBytesInFlight, options.FrameTimeout, TimeProvider.System);
        accepting = AcceptLoopAsync();
    }

    public string Address => options.AddressOf(endPoint);

    public bool IsLocal => IPAddress.IsLoopback(endPoint.Address);

    public bool IsEncrypted => options.Tls is not null;

    public async ValueTask<IConnection> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await ready.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(GetType().FullName);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        socket.Dispose();
        await accepting.ConfigureAwait(false);
        ready.Writer.TryComplete();
        while (ready.Reader.TryRead(out var unaccepted))
        {
            unaccepted.Abort();
        }
    }

    private async Task AcceptLoopAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                _ = PrepareAsync(await socket.AcceptAsync(stopping.Token).ConfigureAwait(false));
            }
            catch (SocketException error)
            {
                // Too many open files, or a client that went away in between: neither is a reason to stop listening.
                LogAcceptFailed(Address, NetworkFault.Describe(error));
                await Task.Delay(PauseAfterFailure, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task PrepareAsync(Socket client)
    {
        var peer = "a client that has gone";
        UnauthenticatedClients.Place? place = null;
        try
        {
            var address = (IPEndPoint)client.RemoteEndPoint!;
            peer = options.AddressOf(address);
            client.NoDelay = true;
            place = unauthenticated.Enter(address.Address, () => client.Close(timeout: 0));
            var stream = await SecureAsync(client).ConfigureAwait(false);
            await OfferAsync(new TcpConnection(client, stream, peer, options, place, frames)).ConfigureAwait(false);
        }
        catch (Exception error) when (
            error is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            client.Dispose();
            place?.Dispose();
            LogTurnedAway(peer, place is { IsEvicted: true } ? "newer clients need its place" : NetworkFault.Describe(error));
        }
    }

    private async Task<Stream> SecureAsync(Socket client)
    {
        var stream = new NetworkStream(client);
        if (options.Tls is null)
        {
            return stream;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        timeout.CancelAfter(options.ConnectTimeout);
        return await TlsAuthentication.AuthenticateAsServerAsync(stream, options.Tls, timeout.Token).ConfigureAwait(false);
    }

    private async Task OfferAsync(TcpConnection connection)
    {
        try
        {
            await ready.Writer.WriteAsync(connection, stopping.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is ChannelClosedException or OperationCanceledException)
        {
            connection.Abort();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not accept a connection at {Address}: {Reason}.")]
    private partial void LogAcceptFailed(string address, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Turned away {Peer}: {Reason}.")]
    private partial void LogTurnedAway(string peer, string reason);
}
