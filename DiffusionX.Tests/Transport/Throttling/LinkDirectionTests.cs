using DiffusionX.Transport.Throttling;

namespace DiffusionX.Tests.Transport.Throttling;

[TestFixture]
public sealed class LinkDirectionTests
{
    private const int Megabyte = 1024 * 1024;

    [Test]
    public void A_megabyte_over_20_Mbps_takes_419_milliseconds_and_the_latency_comes_on_top()
    {
        var direction = new LinkDirection(20, TimeSpan.FromMilliseconds(30), TimeSpan.Zero, 0);

        var transit = direction.Reserve(TimeSpan.Zero, Megabyte);

        Assert.Multiple(() =>
        {
            Assert.That(transit.Left.TotalSeconds, Is.EqualTo(0.4194304).Within(1e-6));
            Assert.That(transit.Arrival - transit.Left, Is.EqualTo(TimeSpan.FromMilliseconds(30)));
        });
    }

    [Test]
    public void Frames_leave_one_after_another_and_share_the_latency()
    {
        var direction = new LinkDirection(8, TimeSpan.FromMilliseconds(500), TimeSpan.Zero, 0);

        var transits = Enumerable.Range(0, 3).Select(_ => direction.Reserve(TimeSpan.Zero, 10_000)).ToArray();

        Assert.That(transits.Select(transit => transit.Left.TotalMilliseconds), Is.EqualTo(new[] { 10.0, 20, 30 }).Within(1e-3));
        Assert.That(transits.Select(transit => transit.Arrival.TotalMilliseconds), Is.EqualTo(new[] { 510.0, 520, 530 }).Within(1e-3));
    }

    [Test]
    public void A_line_that_was_idle_does_not_make_up_for_it()
    {
        var direction = new LinkDirection(8, TimeSpan.Zero, TimeSpan.Zero, 0);
        direction.Reserve(TimeSpan.Zero, 10_000);

        var later = direction.Reserve(TimeSpan.FromSeconds(5), 10_000);

        Assert.That((later.Start, later.Left), Is.EqualTo((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.01))));
    }

    [Test]
    public void Jitter_comes_from_its_seed_stays_within_its_bound_and_keeps_the_order()
    {
        var first = Arrivals(seed: 1);

        Assert.Multiple(() =>
        {
            Assert.That(Arrivals(seed: 1), Is.EqualTo(first));
            Assert.That(Arrivals(seed: 2), Is.Not.EqualTo(first));
            Assert.That(first, Is.Ordered);
            Assert.That(
                first.Select((arrival, i) => arrival - TimeSpan.FromMilliseconds(i)),
                Has.All.InRange(TimeSpan.Zero, TimeSpan.FromMilliseconds(11)));
        });
    }

    [Test]
    public void An_unlimited_line_takes_no_time()
    {
        var direction = new LinkDirection(double.PositiveInfinity, TimeSpan.Zero, TimeSpan.Zero, 0);

        Assert.That(direction.Reserve(TimeSpan.Zero, long.MaxValue / 8).Arrival, Is.EqualTo(TimeSpan.Zero));
    }

    private static TimeSpan[] Arrivals(int seed)
    {
        var direction = new LinkDirection(8, TimeSpan.Zero, TimeSpan.FromMilliseconds(10), seed);
        return [.. Enumerable.Range(0, 100).Select(_ => direction.Reserve(TimeSpan.Zero, 1000).Arrival)];
    }
}
