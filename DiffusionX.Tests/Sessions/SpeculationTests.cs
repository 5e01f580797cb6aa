using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Transport.InMemory;

namespace DiffusionX.Tests.Sessions;

[TestFixture]
[NoTensorLeaks]
public sealed class SpeculationTests
{
    private static readonly EdgeSessionOptions Ahead = SessionSettings.With(refinement => refinement with { Speculate = true });

    private readonly InMemoryTransport link = new();

    [Test]
    public async Task A_preview_is_refined_while_the_user_looks_at_it_and_once()
    {
        var strength = new GatedStrength(isOpen: true);
        await using var refiner = await StartAsync(strength);
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, Ahead);
        await session.PromptAsync("a red house");
        await Eventually.Holds(() => refiner.State is { ResultCache: 1, Running: false }, "the cloud has refined");

        var refined = await session.FinalizeAsync();

        Assert.That(strength.Prompts, Is.EqualTo(new[] { "a red house" }));
        Assert.That(refined.Report.Speculation, Has.Property(nameof(SpeculationReport.Saved)).GreaterThan(TimeSpan.Zero).And.Property(nameof(SpeculationReport.WastedRefinements)).Zero);
    }

    [Test]
    public async Task The_picture_is_the_one_that_would_have_been_refined_afterwards()
    {
        await using var refiner = await StartAsync(new GatedStrength(isOpen: true));
        await using var ahead = await EdgeSession.OpenAsync(SessionModels.Edge, link, Ahead);
        await using var afterwards = await EdgeSession.OpenAsync(SessionModels.Edge, link, SessionSettings.Quick);
        await ahead.PromptAsync("a red house");
        await afterwards.PromptAsync("a red house");

        var (one, other) = (await ahead.FinalizeAsync(), await afterwards.FinalizeAsync());

        Assert.That(one.Picture, Is.SamePictureAs(other.Picture));
        Assert.That(other.Report.Speculation, Is.Null);
    }

    [Test]
    public async Task What_the_user_does_not_accept_is_stopped_and_accounted_for()
    {
        var strength = new GatedStrength();
        await using var refiner = await StartAsync(strength);
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, Ahead);
        await session.PromptAsync("a red house");
        await strength.NextRunAsync();

        await session.PromptAsync("a red house, at night");
        await strength.NextRunAsync();
        strength.Open();
        var report = (await session.FinalizeAsync()).Report;

        Assert.That(report.Speculation!.WastedRefinements, Is.EqualTo(1));
    }

    [Test]
    public async Task Going_back_stops_the_refinement_of_what_was_left()
    {
        var strength = new GatedStrength();
        await using var refiner = await StartAsync(strength);
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, Ahead);
        await session.PromptAsync("a red house");
        await strength.NextRunAsync();

        session.Undo();

        await Eventually.Holds(() => !refiner.State.Running, "the cloud stops");
    }

    [Test]
    public async Task A_cloud_that_was_away_before_is_asked_again_when_the_user_wants_the_picture()
    {
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, SessionSettings.With(
            refinement => refinement with { Speculate = true, IdleTimeout = TimeSpan.FromMilliseconds(20) }));
        await session.PromptAsync("a red house");
        await Task.Delay(100);
        await using var refiner = await StartAsync(new GatedStrength(isOpen: true));

        var refined = await session.FinalizeAsync();

        Assert.That((refined.Report.Place, refined.Report.Speculation!.Saved), Is.EqualTo((RefinementPlace.Cloud, TimeSpan.Zero)));
    }

    [Test]
    public async Task Cancelling_the_wait_stops_the_cloud_and_the_session_goes_on()
    {
        var strength = new GatedStrength();
        await using var refiner = await StartAsync(strength);
        await using var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, Ahead);
        await session.PromptAsync("a red house");
        await strength.NextRunAsync();
        using var cancellation = new CancellationTokenSource();
        var waiting = session.FinalizeAsync(cancellationToken: cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThatAsync(() => waiting, Throws.InstanceOf<OperationCanceledException>());
        await Eventually.Holds(() => !refiner.State.Running, "the cloud stops");
        strength.Open();
        Assert.That((await session.FinalizeAsync()).Report.Place, Is.EqualTo(RefinementPlace.Cloud));
    }

    [Test]
    public async Task Closing_the_session_stops_it()
    {
        var strength = new GatedStrength();
        await using var refiner = await StartAsync(strength);
        var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, Ahead);
        await session.PromptAsync("a red house");
        await strength.NextRunAsync();

        await session.DisposeAsync();

        await Eventually.Holds(() => refiner.State is { Running: false, Connections: 0 }, "the cloud stops");
    }

    private async Task<CloudRefiner> StartAsync(GatedStrength strength) => await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Strength = strength });
}
