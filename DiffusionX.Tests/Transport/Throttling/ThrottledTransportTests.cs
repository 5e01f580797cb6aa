using DiffusionX.Transport;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Throttling;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionX.Tests.Transport.Throttling;

[TestFixture]
public sealed class ThrottledTransportTests
{
    private const double Tolerance = 0.03;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(4);

    private static readonly byte[] Megabyte = new byte[(1024 * 1024) - FrameSize.PrefixBytes];
    private static readonly LinkProfile Mobile = new() { UplinkMbps = 20, DownlinkMbps = 10, Latency = TimeSpan.FromMilliseconds(50) };

    private readonly FakeTimeProvider time = new();

    [Test]
    public async Task A_megabyte_goes_up_in_0_419_seconds_and_the_latency()
    {
        var (edge, cloud) = await ConnectAsync(Mobile);
        var sending = edge.SendAsync(Megabyte).AsTask();
        var receiving = cloud.ReceiveAsync().AsTask();

        var left = await MeasureAsync(sending);
        var arrived = left + await MeasureAsync(receiving);

        Assert.That(left.TotalSeconds, Is.EqualTo(0.419).Within(0.419 * Tolerance));
        Assert.That(arrived.TotalSeconds, Is.EqualTo(0.469).Within(0.419 * Tolerance));
    }

    [Test]
    public async Task Down_has_a_bandwidth_of_its_own()
    {
        var (edge, cloud) = await ConnectAsync(Mobile);
        await cloud.SendAsync(Megabyte);

        var arrived = await MeasureAsync(edge.ReceiveAsync().AsTask());

        Assert.That(arrived.TotalSeconds, Is.EqualTo(0.839 + 0.05).Within(0.839 * Tolerance));
    }

    [Test]
    public async Task The_directions_do_not_hold_each_other_up()
    {
        var (edge, cloud) = await ConnectAsync(Mobile with { DownlinkMbps = 20 });
        await cloud.SendAsync(Megabyte);
        await edge.SendAsync(new byte[1]);
        var up = edge.SendAsync(Megabyte).AsTask();
        var down = edge.ReceiveAsync().AsTask();

        var both = await MeasureAsync(Task.WhenAll(up, down, cloud.ReceiveAsync().AsTask()));

        Assert.That(both.TotalSeconds, Is.EqualTo(0.469).Within(0.419 * Tolerance));
    }

    [Test]
    public async Task Many_small_frames_take_as_long_as_one_large_one()
    {
        var (edge, cloud) = await ConnectAsync(Mobile);
        var drain = DrainAsync(cloud);

        var sending = await MeasureAsync(SendAsync(edge, count: 1024, bytes: 1024 - FrameSize.PrefixBytes));

        Assert.That(sending.TotalSeconds, Is.EqualTo(0.419).Within(0.419 * Tolerance));
        edge.Abort();
        Assert.That(async () => await drain, Throws.TypeOf<ConnectionLostException>());
    }

    [Test]
    public async Task Closing_in_order_lets_arrive_what_is_in_flight()
    {
        var (edge, cloud) = await ConnectAsync(Mobile);
        await edge.SendAsync(new byte[] { 1 });

        var closing = edge.DisposeAsync().AsTask();
        var arrived = cloud.ReceiveAsync().AsTask();
        await MeasureAsync(Task.WhenAll(closing, arrived));

        Assert.That(arrived.Result, Is.EqualTo(new byte[] { 1 }));
        Assert.That(await cloud.ReceiveAsync(), Is.Null);
    }

    [Test]
    public async Task A_peer_that_takes_nothing_does_not_keep_a_connection_from_closing()
    {
        var inner = new InMemoryTransport(new InMemoryTransportOptions { Capacity = 1 });
        await using var link = await Link.OpenAsync(new ThrottledTransport(inner, LinkProfile.Unlimited, time));
        var (edge, cloud) = await link.ConnectPairAsync();
        await SendAsync(edge, count: 10, bytes: 10);

        await MeasureAsync(edge.DisposeAsync().AsTask());

        Assert.That(() => DrainAsync(cloud), Throws.TypeOf<ConnectionLostException>());
    }

    [Test]
    public async Task What_the_other_end_said_before_it_left_is_heard()
    {
        var (edge, cloud) = await ConnectAsync(Mobile);
        await cloud.SendAsync(new byte[] { 5 });
        await cloud.DisposeAsync();
        await edge.SendAsync(new byte[] { 1 });

        var heard = edge.ReceiveAsync().AsTask();
        await MeasureAsync(heard);

        Assert.That(heard.Result, Is.EqualTo(new byte[] { 5 }));
    }

    [TestCase(1)]
    [TestCase(104)]
    [TestCase(105)]
    [TestCase(1000)]
    public async Task The_connection_that_carries_the_given_byte_is_lost_at_both_ends(int lostByte)
    {
        var transport = new ThrottledTransport(new InMemoryTransport(), new LinkProfile { LoseAtByte = lostByte });
        await using var link = await Link.OpenAsync(transport);
        var (edge, cloud) = await link.ConnectPairAsync();
        var sent = 0;

        async Task SendOnAsync()
        {
            for (; sent < 20; sent++)
            {
                await edge.SendAsync(new byte[100]);
            }
        }

        Assert.That(SendOnAsync, Throws.TypeOf<ConnectionLostException>().With.Message.Contains($"byte {lostByte:N0}"));
        Assert.That(sent, Is.EqualTo((lostByte - 1) / 104), "frames before it go through");
        Assert.That(() => DrainAsync(cloud), Throws.TypeOf<ConnectionLostException>());
        Assert.That(() => DrainAsync(edge), Throws.TypeOf<ConnectionLostException>());
    }

    [Test]
    public async Task A_connection_that_replaces_a_lost_one_is_not_lost_again()
    {
        var transport = new ThrottledTransport(new InMemoryTransport(), new LinkProfile { LoseAtByte = 50 });
        await using var link = await Link.OpenAsync(transport);
        var (lost, _) = await link.ConnectPairAsync();
        Assert.That(async () => await lost.SendAsync(new byte[100]), Throws.TypeOf<ConnectionLostException>());

        var (edge, cloud) = await link.ConnectPairAsync();
        await edge.SendAsync(new byte[100]);

        Assert.That(await cloud.ReceiveAsync(), Has.Length.EqualTo(100));
    }

    [Test]
    public void Its_named_links_carry_what_their_names_say()
    {
        Assert.Multiple(() =>
        {
            Assert.That((LinkProfile.Mobile20Mbps.UplinkMbps, LinkProfile.Mobile20Mbps.DownlinkMbps), Is.EqualTo((20.0, 20.0)));
            Assert.That(LinkProfile.Unlimited, Is.EqualTo(new LinkProfile()));
            Assert.That(
                new[] { LinkProfile.WeakMobile, LinkProfile.Broadband }.Select(link => link.UplinkMbps < link.DownlinkMbps), Has.All.True);
        });
    }

    [Test]
    public void A_profile_that_makes_no_sense_is_refused_when_it_is_used()
    {
        LinkProfile[] profiles =
        [
            new() { UplinkMbps = 0 },
            new() { DownlinkMbps = -1 },
            new() { UplinkMbps = double.NaN },
            new() { Latency = TimeSpan.FromSeconds(-1) },
            new() { Jitter = TimeSpan.FromSeconds(-1) },
            new() { LoseAtByte = 0 },
        ];

        foreach (var profile in profiles)
        {
            var transport = new ThrottledTransport(new InMemoryTransport(), profile);
            Assert.That(async () => await transport.ListenAsync(), Throws.TypeOf<TransportException>(), profile.ToString());
            Assert.That(async () => await transport.ConnectAsync(), Throws.TypeOf<TransportException>(), profile.ToString());
        }
    }

    private static async Task SendAsync(IConnection connection, int count, int bytes)
    {
        for (var i = 0; i < count; i++)
        {
            await connection.SendAsync(new byte[bytes]);
        }
    }

    private static async Task DrainAsync(IConnection connection)
    {
        while (await connection.ReceiveAsync() is not null)
        {
        }
    }

    private async Task<(IConnection Edge, IConnection Cloud)> ConnectAsync(LinkProfile profile)
    {
        var link = await Link.OpenAsync(new ThrottledTransport(new InMemoryTransport(), profile, time));
        return await link.ConnectPairAsync();
    }

    /// <summary>Lets the clock tick until something is done. Between ticks whoever waits for the clock gets the processor.</summary>
    private async Task<TimeSpan> MeasureAsync(Task task)
    {
        var start = time.GetTimestamp();
        while (await Task.WhenAny(task, Task.Delay(1)) != task)
        {
            Assert.That(time.GetElapsedTime(start), Is.LessThan(TimeSpan.FromMinutes(1)), "It never ends.");
            time.Advance(Tick);
        }

        await task;
        return time.GetElapsedTime(start);
    }
}
