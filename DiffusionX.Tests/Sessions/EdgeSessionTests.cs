using DiffusionX.Pipeline;
using DiffusionX.Schedulers;
using DiffusionX.Schedulers.Skipping;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Transport.InMemory;

namespace DiffusionX.Tests.Sessions;

[TestFixture]
[NoTensorLeaks]
public sealed class EdgeSessionTests
{
    private const string House = "a red house";
    private const string HouseAtNight = "a red house at night";

    [Test]
    public async Task The_first_round_is_what_the_model_draws_from_noise()
    {
        await using var session = await OpenAsync();

        var draft = await session.PromptAsync(House);

        var direct = await SessionModels.Edge.GenerateAsync(new GenerationRequest { Prompt = House, Seed = 7, Steps = 4 });
        Assert.Multiple(() =>
        {
            Assert.That(draft.Picture, Is.SamePictureAs(direct.Images[0].Picture));
            Assert.That((draft.Round.Number, draft.Round.Parent, draft.Round.Strength, draft.Round.StepsRun), Is.EqualTo((1, (int?)null, 1.0, 4)));
        });
    }

    [Test]
    public async Task A_later_round_starts_from_the_latent_before_it_with_the_predicted_strength_and_the_next_seed()
    {
        await using var session = await OpenAsync(SessionSettings.Quick with { Strength = new FixedStrength(0.75), SkipSteps = SkipStepSchedule.None });
        var first = await session.PromptAsync(House);

        var second = await session.PromptAsync(HouseAtNight);

        var direct = await SessionModels.Edge.GenerateAsync(
            new GenerationRequest { Prompt = HouseAtNight, Seed = 8, Steps = 4, InitLatent = first.Round.Latent, Strength = 0.75 });
        Assert.Multiple(() =>
        {
            Assert.That(second.Round.Latent, Is.SameLatentAs(direct.Images[0].Latent));
            Assert.That((second.Round.Parent, second.Round.Strength, second.Round.StepsRun), Is.EqualTo(((int?)1, 0.75, 3)));
        });
    }

    [TestCase(null, 0.8, 5)]
    [TestCase(null, 0.4, 4)]
    [TestCase(SchedulerKind.Lcm, 0.8, 8)]
    public async Task A_later_round_takes_no_more_than_half_of_the_steps_with_a_solver_that_can_do_without_some(SchedulerKind? solver, double strength, int steps)
    {
        await using var session = await OpenAsync(SessionSettings.Quick with { Steps = 10, Scheduler = solver, Strength = new FixedStrength(strength) });
        var first = await session.PromptAsync(House);

        var second = await session.PromptAsync(HouseAtNight);

        Assert.That((first.Round.StepsRun, second.Round.StepsRun), Is.EqualTo((10, steps)));
    }

    [Test]
    public async Task A_cancelled_round_leaves_the_session_at_its_last_one()
    {
        await using var session = await OpenAsync();
        var first = await session.PromptAsync(House);
        using var cancellation = new CancellationTokenSource();
        var progress = new Recorder<GenerationProgress>(_ => cancellation.Cancel());

        await Assert.ThatAsync(() => session.PromptAsync(HouseAtNight, progress, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());

        Assert.That(session.Rounds, Is.EqualTo(new[] { first.Round }));
        Assert.That(session.Current, Is.EqualTo(first.Round));
    }

    [Test]
    public async Task Undoing_a_round_and_asking_again_gives_the_same_draft()
    {
        await using var session = await OpenAsync();
        await session.PromptAsync(House);
        var draft = await session.PromptAsync(HouseAtNight);

        var back = session.Undo();
        var again = await session.PromptAsync(HouseAtNight);

        Assert.Multiple(() =>
        {
            Assert.That(back?.Number, Is.EqualTo(1));
            Assert.That(again.Picture, Is.SamePictureAs(draft.Picture));
            Assert.That(session.Rounds.Select(round => (round.Number, round.Parent)), Is.EqualTo(new (int, int?)[] { (1, null), (2, 1), (3, 1) }));
        });
    }

    [Test]
    public async Task Going_back_to_a_round_branches_off_from_it()
    {
        await using var session = await OpenAsync();
        await session.PromptAsync(House);
        await session.PromptAsync(HouseAtNight);
        await session.PromptAsync("a red house in snow");

        session.GoBackTo(1);
        await session.PromptAsync("a boat");

        Assert.That(session.Path.Select(round => round.Number), Is.EqualTo(new[] { 1, 4 }));
    }

    [Test]
    public async Task Undoing_the_first_round_begins_again_from_noise()
    {
        await using var session = await OpenAsync();
        await session.PromptAsync(House);

        session.Undo();
        var again = await session.PromptAsync("a boat");

        Assert.That((again.Round.Parent, again.Round.Seed), Is.EqualTo(((int?)null, 7L)));
    }

    [Test]
    public async Task Another_seed_gives_another_draft()
    {
        await using var session = await OpenAsync();
        var first = await session.PromptAsync(House);

        session.Undo();
        session.Seed = 100;
        var other = await session.PromptAsync(House);

        Assert.That(other.Picture, Is.Not.SamePictureAs(first.Picture));
    }

    [Test]
    public async Task Undoing_nothing_and_going_to_a_round_that_is_not_there_are_errors_that_say_so()
    {
        await using var session = await OpenAsync();

        Assert.That(session.Undo, Throws.TypeOf<SessionException>().With.Message.Contains("nothing to undo"));
        Assert.That(() => session.GoBackTo(2), Throws.TypeOf<SessionException>().With.Message.Contains("no round 2"));
        await Assert.ThatAsync(() => session.FinalizeAsync(), Throws.TypeOf<SessionException>().With.Message.Contains("no draft"));
    }

    [Test]
    public async Task A_round_can_be_shown_again()
    {
        await using var session = await OpenAsync();
        var draft = await session.PromptAsync(House);

        var picture = await session.ShowAsync(draft.Round);

        Assert.That(picture, Is.SamePictureAs(draft.Picture));
    }

    [Test]
    public async Task A_session_that_was_saved_goes_on_where_it_stood()
    {
        using var folder = new TemporaryFolder();
        await using var session = await OpenAsync();
        await session.PromptAsync(House);
        await session.PromptAsync(HouseAtNight);
        session.GoBackTo(1);
        await session.SaveAsync(folder.File("house.dxs"));
        var expected = await session.PromptAsync("a boat");

        await using var again = await EdgeSession.ReopenAsync(
            folder.File("house.dxs"), SessionModels.Edge, new InMemoryTransport(), SessionSettings.Quick with { Seed = 1000 });
        var draft = await again.PromptAsync("a boat");

        Assert.Multiple(() =>
        {
            Assert.That(again.Rounds.Select(round => round.Prompt), Is.EqualTo(new[] { House, HouseAtNight, "a boat" }));
            Assert.That(draft.Picture, Is.SamePictureAs(expected.Picture));
        });
    }

    [Test]
    public void Options_out_of_range_are_refused_by_name()
    {
        (EdgeSessionOptions Options, string Named)[] wrong =
        [
            (SessionSettings.Quick with { Steps = 0 }, nameof(EdgeSessionOptions.Steps)),
            (SessionSettings.Quick with { GuidanceScale = double.NaN }, nameof(EdgeSessionOptions.GuidanceScale)),
            (SessionSettings.Quick with { NegativePrompt = null! }, nameof(EdgeSessionOptions.NegativePrompt)),
            (SessionSettings.With(refinement => refinement with { Strength = 1.5 }), nameof(RefinementOptions.Strength)),
            (SessionSettings.With(refinement => refinement with { Deadline = TimeSpan.Zero }), nameof(RefinementOptions.Deadline)),
        ];

        Assert.Multiple(() =>
        {
            foreach (var (options, named) in wrong)
            {
                Assert.That(() => OpenAsync(options), Throws.TypeOf<SessionException>().With.Message.Contains(named));
            }
        });
    }

    private static Task<EdgeSession> OpenAsync(EdgeSessionOptions? options = null) =>
        EdgeSession.OpenAsync(SessionModels.Edge, new InMemoryTransport(), options ?? SessionSettings.Quick);
}
