using DiffusionX.Tests.Sessions;
using DiffusionX.Tests.Transport.Tcp;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Tcp;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Tests.Transport.Messages;

[TestFixture]
public sealed class FaultTests
{
    // What hello, welcome, a request and its result take on the wire, without TLS.
    private const int ExchangeBytes = 900;

    private static readonly TlsOptions ClientTls = new() { TrustedFingerprints = [TlsOptions.FingerprintOf(Certificates.Server)] };

    [Test]
    public async Task Wherever_the_wire_is_cut_a_request_ends_in_one_result_or_one_clear_error([Range(0, 19)] int seed, [Values] bool tls)
    {
        var cutAt = new Random(seed).Next(1, tls ? 3 * ExchangeBytes : ExchangeBytes);
        await using var link = await Link.OpenAsync(tls ? LinkKind.Tls : LinkKind.Tcp);
        await using var server = new MessageServer(link);
        await using var wire = new FaultyWire(link.Listener, WireFault.Cut, cutAt);

        var ends = await Task.WhenAll(AskAsync(() => wire.ConnectAsync(tls ? ClientTls : null)), AskAsync(link.ConnectAsync));

        Assert.That(
            ends[0],
            Is.TypeOf<Result>().Or.TypeOf<ConnectionLostException>().Or.TypeOf<ConnectionFailedException>(),
            $"cut at byte {cutAt}");
        Assert.That(ends[1], Is.TypeOf<Result>(), "the other connection goes on");
        Assert.That(server.Failures, Has.All.InstanceOf<TransportException>());
    }

    [Test]
    public async Task A_megabyte_that_was_cut_off_arrives_over_the_next_connection_of_a_slow_link([Values] bool tls)
    {
        var profile = new LinkProfile { UplinkMbps = 200, DownlinkMbps = 200, Latency = TimeSpan.FromMilliseconds(20) };
        var megabyte = Samples.Refine with { Draft = Samples.Draft with { Bytes = new byte[1024 * 1024] } };
        await using var link = await Link.OpenAsync(tls ? LinkKind.Tls : LinkKind.Tcp);
        await using var server = new MessageServer(link);
        await using var wire = new FaultyWire(link.Listener, WireFault.Cut, megabyte.Draft.Bytes.Length + 500_000);
        var slow = new ThrottledTransport(wire.Transport(tls ? ClientTls : null), profile);
        var next = new ThrottledTransport(link.Transport, profile);

        var first = await AskAsync(async () => await slow.ConnectAsync(), megabyte);
        var second = await AskAsync(async () => await next.ConnectAsync(), megabyte);

        Assert.That(first, Is.TypeOf<ConnectionLostException>());
        Assert.That(second, Is.TypeOf<Result>().With.Property(nameof(Result.Picture)).EqualTo(megabyte.Draft.Bytes));
    }

    [Test]
    public async Task A_server_that_is_gone_and_back_again_serves_the_next_connection()
    {
        var options = new TcpTransportOptions();
        var link = await Link.OpenTcpAsync(options);
        var (connecting, listening) = await link.ConnectPairAsync();
        var pair = await Channels.OpenAsync(connecting, listening);
        listening.Abort();
        await link.DisposeAsync();
        Assert.That(async () => await pair.Client.ReceiveAsync(), Throws.TypeOf<ConnectionLostException>());
        Assert.That(link.ConnectAsync, Throws.TypeOf<ConnectionFailedException>());

        await using var again = await Link.OpenTcpAsync(options with { Port = new Uri(link.Listener.Address).Port });
        await using var server = new MessageServer(again);

        Assert.That(await AskAsync(link.ConnectAsync), Is.TypeOf<Result>());
        await pair.DisposeAsync();
    }

    [Test]
    public async Task Two_hundred_hostile_connections_do_no_harm_to_a_good_one([Values(LinkKind.InMemory, LinkKind.Tcp)] LinkKind kind)
    {
        await using var link = await Link.OpenAsync(kind);
        await using var server = new MessageServer(link);

        var hostile = Task.WhenAll(Enumerable.Range(0, 200).Select(seed => AttackAsync(link, new Random(seed))));
        for (var i = 0; i < 10; i++)
        {
            Assert.That(await AskAsync(link.ConnectAsync), Is.TypeOf<Result>());
        }

        await hostile;
        Assert.That(server.Failures, Is.Not.Empty.And.All.InstanceOf<TransportException>());
    }

    [Test]
    public async Task A_slow_reader_is_left_in_time([Values(LinkKind.InMemory, LinkKind.Tcp, LinkKind.Tls)] LinkKind kind)
    {
        await using var link = await Link.OpenAsync(kind);
        await using var pair = await Channels.OpenAsync(
            link, new MessageChannelOptions { PingEvery = null, IdleTimeout = TimeSpan.FromMilliseconds(500) });
        var large = Samples.Refine with { Draft = Samples.Draft with { Bytes = new byte[4_000_000] } };

        async Task SendOnAsync()
        {
            while (true)
            {
                await pair.Client.SendAsync(large);
            }
        }

        Assert.That(SendOnAsync, Throws.TypeOf<ConnectionLostException>().With.Message.Contains("took nothing for 0.5 s"));
    }

    [Test]
    public async Task A_half_open_connection_is_noticed_at_both_ends_by_pings()
    {
        await using var link = await Link.OpenAsync(LinkKind.Tcp);
        await using var wire = new FaultyWire(link.Listener, WireFault.Silence, afterBytes: 2000);
        var accepting = link.Listener.AcceptAsync().AsTask();
        var options = new MessageChannelOptions { PingEvery = TimeSpan.FromMilliseconds(20), IdleTimeout = TimeSpan.FromMilliseconds(800) };
        await using var pair = await Channels.OpenAsync(await wire.ConnectAsync(), await accepting, options, options);

        var atServer = pair.Server.ReceiveAsync().AsTask();
        Assert.That(async () => await pair.Client.ReceiveAsync(), Throws.TypeOf<ConnectionLostException>());
        Assert.That(async () => await atServer, Throws.TypeOf<ConnectionLostException>());
    }

    /// <summary>Shakes hands or not, then sends mutated frames until it is thrown out, and leaves in order or not.</summary>
    private static async Task AttackAsync(Link link, Random random)
    {
        await using var connection = await link.ConnectAsync();
        try
        {
            if (random.Next(2) == 0)
            {
                await connection.SendAsync(MessageSerializer.Serialize(Samples.Hello));
            }

            for (var i = random.Next(1, 20); i > 0; i--)
            {
                await connection.SendAsync(HostileFrame(random));
            }
        }
        catch (ConnectionLostException)
        {
            // Thrown out.
        }

        if (random.Next(2) == 0)
        {
            connection.Abort();
        }
    }

    private static byte[] HostileFrame(Random random)
    {
        var frame = MessageSerializer.Serialize(Samples.All[random.Next(Samples.All.Count)]);
        for (var i = random.Next(4); i > 0; i--)
        {
            frame[random.Next(frame.Length)] = (byte)random.Next(256);
        }

        return frame;
    }

    /// <summary>One request's end: a result or an exception.</summary>
    private static async Task<object> AskAsync(Func<Task<IConnection>> connect, Refine? request = null)
    {
        try
        {
            var (channel, _) = await MessageChannel.ConnectAsync(await connect(), Samples.Hello);
            await using (channel)
            {
                await channel.SendAsync(request ?? Samples.Refine);
                Assert.That(await channel.ReceiveAsync().AsTask().WaitAsync(Eventually.Limit), Is.TypeOf<Accepted>());
                return (await channel.ReceiveAsync().AsTask().WaitAsync(Eventually.Limit))!;
            }
        }
        catch (TransportException error)
        {
            return error;
        }
    }
}
