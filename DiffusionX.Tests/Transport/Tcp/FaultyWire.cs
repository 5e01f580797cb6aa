using System.Net;
using System.Net.Sockets;
using DiffusionX.Tests.Sessions;
using DiffusionX.Transport;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Transport.Tcp;

/// <summary>
/// A piece of network between a client and a listener: it carries bytes both ways, and fails after a given number of them.
/// </summary>
internal sealed class FaultyWire : IAsyncDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> ends = [];
    private readonly int target;
    private readonly WireFault fault;
    private readonly Task running;
    private long left;

    public FaultyWire(IConnectionListener target, WireFault fault, long afterBytes)
    {
        this.target = new Uri(target.Address).Port;
        this.fault = fault;
        left = afterBytes;
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        running = RunAsync();
    }

    /// <summary>The way through it.</summary>
    public TcpTransport Transport(TlsOptions? tls = null) =>
        new(new TcpTransportOptions { Port = ((IPEndPoint)listener.LocalEndPoint!).Port, Tls = tls });

    public async Task<IConnection> ConnectAsync(TlsOptions? tls = null) => await Transport(tls).ConnectAsync();

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        ends.ForEach(Reset);
        await running.WaitAsync(Eventually.Limit);
    }

    private static void Reset(Socket end) => end.Close(0);

    private async Task RunAsync()
    {
        try
        {
            var client = await listener.AcceptAsync();
            ends.Add(client);
            var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            ends.Add(server);
            await server.ConnectAsync(IPAddress.Loopback, target);
            await Task.WhenAll(CarryAsync(client, server), CarryAsync(server, client));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            ends.ForEach(Reset);
        }
    }

    private async Task CarryAsync(Socket from, Socket to)
    {
        var buffer = new byte[4096];
        while (await from.ReceiveAsync(buffer) is > 0 and var received)
        {
            var rest = Interlocked.Add(ref left, -received);
            await to.SendAsync(buffer.AsMemory(0, (int)Math.Clamp(received + rest, 0, received)));
            if (rest <= 0)
            {
                Fail();
                return;
            }
        }

        to.Shutdown(SocketShutdown.Send);
    }

    private void Fail()
    {
        if (fault == WireFault.Cut)
        {
            ends.ForEach(Reset);
        }
    }
}
