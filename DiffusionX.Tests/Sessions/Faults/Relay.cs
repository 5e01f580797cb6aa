using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace DiffusionX.Tests.Sessions.Faults;

/// <summary>
/// Stands between two ends of TCP and passes bytes on, until it is told to keep them: the ends then are connected to nobody, and not told
/// so.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> sockets = [];
    private readonly CancellationTokenSource closing = new();
    private readonly int target;
    private readonly IPAddress source;
    private readonly Func<Stream, Stream, CancellationToken, Task> carry;
    private readonly Task accepting;
    private volatile CancellationTokenSource thawed = new();

    /// <param name="target">The port that the bytes go to.</param>
    /// <param name="source">The address that they seem to come from.</param>
    /// <param name="carry">How it passes them on, until one end has closed; null for as they come.</param>
    public Relay(int target, IPAddress? source = null, Func<Stream, Stream, CancellationToken, Task>? carry = null)
    {
        this.target = target;
        this.carry = carry ?? ((from, to, untilFrozen) => from.CopyToAsync(to, untilFrozen));
        this.source = source ?? IPAddress.Loopback;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Stops passing anything on over the connections that there are. New ones are served.</summary>
    public void Freeze() => Interlocked.Exchange(ref thawed, new CancellationTokenSource()).Cancel();

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Dispose();
        await accepting.WaitAsync(Eventually.Limit);
        foreach (var socket in sockets)
        {
            socket.Dispose();
        }

        closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await ConnectAsync(await listener.AcceptTcpClientAsync(closing.Token));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ConnectAsync(TcpClient client)
    {
        var server = new TcpClient(new IPEndPoint(source, 0));
        sockets.Add(client);
        sockets.Add(server);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, target, closing.Token);
            _ = PassAsync(client, server, thawed.Token);
            _ = PassAsync(server, client, thawed.Token);
        }
        catch (SocketException)
        {
            // Nobody listens there now.
            client.Dispose();
            server.Dispose();
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, CancellationToken untilFrozen)
    {
        try
        {
            await carry(from.GetStream(), to.GetStream(), untilFrozen);
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (OperationCanceledException)
        {
            // Frozen: the sockets stay open.
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
