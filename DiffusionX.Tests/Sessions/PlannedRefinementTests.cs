using DiffusionX.Pipeline;
using DiffusionX.Runtime;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Sessions.Planning;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Tcp;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Tests.Sessions;

/// <summary>Sessions that choose the way of each refinement, over sockets of this machine.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class PlannedRefinementTests
{
    private static readonly LinkProfile Slow = new() { UplinkMbps = 0.02, DownlinkMbps = 1, Latency = TimeSpan.FromMilliseconds(200) };

    private static readonly RefinementRoute Relay = new(RefinementPath.Relay, DraftEncoding.Latent8, 1, Quality: 1);

    [Test]
    public async Task The_first_refinement_is_measured_and_the_second_is_planned()
    {
        await using var refiner = await RefineAsync();
        await using var session = await OpenAsync(refiner.Link, Planning);

        var (first, second) = (await session.FinalizeAsync(), await session.FinalizeAsync());

        Assert.That((first.Report.Plan, first.Report.Place), Is.EqualTo(((PlannedRefinement?)null, RefinementPlace.Cloud)));
        Assert.That(second.Report.Plan?.Expected, Is.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public async Task Over_a_slow_link_the_edge_refines_alone_and_progress_and_report_say_why()
    {
        await using var refiner = await RefineAsync();
        await using var session = await OpenAsync(new ThrottledTransport(refiner.Link, Slow), Planning);
        await session.FinalizeAsync();
        var heard = new List<RefinementProgress>();

        var report = (await session.FinalizeAsync(new ImmediateProgress<RefinementProgress>(heard.Add))).Report;

        Assert.That((report.Place, report.Attempts, report.BytesUp), Is.EqualTo((RefinementPlace.Edge, 0, 0L)));
        Assert.That(report.EdgeReason, Does.StartWith("planned the edge alone, expected to take"));
        Assert.That(heard.Single(progress => progress.Stage == RefinementStage.Planned).Plan, Is.EqualTo(report.Plan));
    }

    [Test]
    public async Task Over_a_slow_link_the_smaller_latent_is_chosen_where_the_edge_alone_is_not_good_enough()
    {
        await using var refiner = await RefineAsync();
        await using var session = await OpenAsync(new ThrottledTransport(refiner.Link, Slow), Planning with { Quality = 0.99 });
        await session.FinalizeAsync();

        var report = (await session.FinalizeAsync()).Report;

        Assert.That((report.Place, report.Encoding), Is.EqualTo((RefinementPlace.Cloud, (DraftEncoding?)DraftEncoding.Latent8)));
    }

    [Test]
    public async Task A_relay_is_run_where_it_is_chosen()
    {
        await using var refiner = await RefineAsync();
        await using var session = await OpenAsync(refiner.Link, Planning with { Routes = [Relay] });
        await session.FinalizeAsync();

        var report = (await session.FinalizeAsync()).Report;

        Assert.That((report.Plan?.Route, report.Encoding), Is.EqualTo((Relay, (DraftEncoding?)DraftEncoding.Latent8)));
        Assert.That(report.RelayedSteps, Is.GreaterThan(0));
    }

    [Test]
    public async Task What_the_cloud_can_not_do_is_not_chosen()
    {
        await using var refiner = await RefineAsync(SessionModels.CloudWithAnotherVae);
        await using var session = await OpenAsync(refiner.Link, Planning with { Routes = [Relay] });
        await session.FinalizeAsync();

        var report = (await session.FinalizeAsync()).Report;

        Assert.That((report.Plan, report.RelayedSteps, report.Place), Is.EqualTo(((PlannedRefinement?)null, 0, RefinementPlace.Cloud)));
    }

    [Test]
    public async Task A_measurement_that_is_too_old_is_made_anew()
    {
        await using var refiner = await RefineAsync();
        await using var session = await OpenAsync(new ThrottledTransport(refiner.Link, Slow), Planning with { MeasurementLifetime = TimeSpan.FromMilliseconds(1) });
        await session.FinalizeAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(5));

        var report = (await session.FinalizeAsync()).Report;

        Assert.That((report.Plan, report.Place), Is.EqualTo(((PlannedRefinement?)null, RefinementPlace.Cloud)));
    }

    [TestCase(-0.1)]
    [TestCase(1.1)]
    [TestCase(double.NaN)]
    public void A_quality_that_makes_no_sense_is_refused(double quality)
    {
        var options = SessionSettings.With(refinement => refinement with { Planning = new RefinementPlanning { Quality = quality } });

        Assert.That(
            () => EdgeSession.OpenAsync(SessionModels.Edge, new TcpTransport(new TcpTransportOptions()), options),
            Throws.TypeOf<SessionException>().With.Message.Contains(nameof(RefinementPlanning.Quality)));
    }

    // The builders share two cores with others: a plan lives longer than any of their pauses.
    private static RefinementPlanning Planning { get; } = new() { MeasurementLifetime = TimeSpan.FromMinutes(10) };

    private static Task<Loopback> RefineAsync(DiffusionModel? cloud = null) => Loopback.StartAsync(cloud ?? SessionModels.Cloud);

    private static async Task<EdgeSession> OpenAsync(ITransport link, RefinementPlanning planning)
    {
        var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, SessionSettings.With(refinement => refinement with { Planning = planning, Strength = 0.75 }));
        await session.PromptAsync("a red house");
        return session;
    }

    /// <summary>A cloud behind a socket.</summary>
    private sealed class Loopback(CloudRefiner refiner) : IAsyncDisposable
    {
        public ITransport Link { get; } = new TcpTransport(TcpTransportOptions.FromAddress(refiner.Address));

        public static async Task<Loopback> StartAsync(DiffusionModel cloud) =>
            new(await CloudRefiner.StartAsync(cloud, new TcpTransport(new TcpTransportOptions()), new CloudRefinerOptions()));

        public ValueTask DisposeAsync() => refiner.DisposeAsync();
    }
}
