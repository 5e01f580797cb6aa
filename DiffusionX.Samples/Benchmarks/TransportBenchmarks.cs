using BenchmarkDotNet.Attributes;
using DiffusionX.Transport;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Tcp;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Benchmarks;

/// <summary>
/// A frame there and back over each transport, on loopback: a small message, SD v1.5's float16 latent (32 kB), a PNG (500 kB). What remains
/// over the throttled link's own time is ours.
/// </summary>
public class TransportBenchmarks
{
    private IConnectionListener listener = null!;
    private IConnection connection = null!;
    private Task echoing = null!;
    private byte[] frame = null!;

    public enum Over
    {
        Memory,
        Tcp,
        Mobile20Mbps,
    }

    [Params(100, 32_768, 500_000)]
    public int Bytes { get; set; }

    [Params(Over.Memory, Over.Tcp, Over.Mobile20Mbps)]
    public Over Transport { get; set; }

    [GlobalSetup]
    public async Task Connect()
    {
        frame = new byte[Bytes];
        var (connecting, listening) = await ListenAsync();
        listener = listening;
        connection = await connecting.ConnectAsync();
        echoing = EchoAsync(await listener.AcceptAsync());
    }

    [GlobalCleanup]
    public async Task Disconnect()
    {
        await connection.DisposeAsync();
        await echoing;
        await listener.DisposeAsync();
    }

    [Benchmark(Description = "there and back")]
    public async Task<byte[]?> RoundTrip()
    {
        await connection.SendAsync(frame);
        return await connection.ReceiveAsync();
    }

    private static async Task EchoAsync(IConnection accepted)
    {
        await using (accepted)
        {
            while (await accepted.ReceiveAsync() is { } received)
            {
                await accepted.SendAsync(received);
            }
        }
    }

    private async Task<(ITransport Connecting, IConnectionListener Listening)> ListenAsync()
    {
        if (Transport == Over.Tcp)
        {
            var listening = await new TcpTransport(new TcpTransportOptions()).ListenAsync();
            return (new TcpTransport(TcpTransportOptions.FromAddress(listening.Address)), listening);
        }

        var memory = new InMemoryTransport();
        return (Transport == Over.Memory ? memory : new ThrottledTransport(memory, LinkProfile.Mobile20Mbps), await memory.ListenAsync());
    }
}
