using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Schedulers;
using DiffusionX.Schedulers.Skipping;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Transport;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Throttling;
using Microsoft.Extensions.Time.Testing;

namespace DiffusionX.Tests.Sessions;

[TestFixture]
[NoTensorLeaks]
public sealed class RefinementTests
{
    private const string House = "a red house";

    [Test]
    public async Task The_cloud_refines_the_draft_with_the_strength_that_it_chooses()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Strength = new FixedStrength(0.75), SkipSteps = SkipStepSchedule.None });
        await using var session = await OpenWithDraftAsync(link);

        var refined = await session.FinalizeAsync();

        var direct = await SessionModels.Cloud.GenerateAsync(new GenerationRequest
        {
            Prompt = House,
            Seed = 8,
            Steps = 8,
            Strength = 0.75,
            InitLatent = Rounded(session.Current!.Latent),
        });
        Assert.That(refined.Picture, Is.SamePictureAs(direct.Images[0].Picture));
        Assert.That((refined.Report.Strength, refined.Report.StepsRun), Is.EqualTo((0.75, 6)));
    }

    [Test]
    public async Task The_report_says_where_the_time_and_the_bytes_went()
    {
        var link = new ThrottledTransport(new InMemoryTransport(), LinkProfile.Mobile20Mbps);
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Name = "the big one" });
        await using var session = await OpenWithDraftAsync(link);

        var report = (await session.FinalizeAsync()).Report;

        Assert.Multiple(() =>
        {
            Assert.That((report.Place, report.RefinedBy, report.Attempts, report.EdgeReason), Is.EqualTo((RefinementPlace.Cloud, "the big one", 1, (string?)null)));
            Assert.That((report.Encoding, report.DraftBytes), Is.EqualTo(((DraftEncoding?)DraftEncoding.Float16Latent, 2 * 4 * 8 * 8)));
            Assert.That(report.BytesDown, Is.GreaterThan(1000));
            Assert.That(report.Uplink.TotalMilliseconds, Is.InRange(10, 35), "one way, at 20 ms, and not there and back");
            Assert.That(report.FailedAttempts, Is.EqualTo(TimeSpan.Zero));
            Assert.That(report.Compute, Is.GreaterThan(TimeSpan.Zero));
            var edge = report.Connecting + report.EncodingTime + report.PredictionTime + report.RelayTime + report.DecodingTime + report.FailedAttempts;
            var parts = edge + report.Uplink + report.Queue + report.Compute + report.Downlink;
            Assert.That(parts.TotalSeconds, Is.EqualTo(report.Total.TotalSeconds).Within(2).Percent);
        });
    }

    [TestCase(DraftEncoding.Float16Latent, 3000)]
    [TestCase(DraftEncoding.Latent8, 1200)]
    public async Task The_draft_of_a_scene_crosses_the_link_in_few_bytes(DraftEncoding encoding, int most)
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        var options = SessionSettings.With(refinement => refinement with { Encoding = encoding, Steps = 2 });
        await using var session = await OpenWithDraftAsync(link, options with { Width = 128, Height = 128, Steps = 1 });
        await session.ConnectAsync();

        var refined = await session.FinalizeAsync();

        Assert.That(session.Current!.Latent.Values.Length, Is.EqualTo(4 * 16 * 16));
        Assert.That(refined.Report.BytesUp, Is.LessThanOrEqualTo(most));
    }

    [TestCase(DraftEncoding.Latent8)]
    [TestCase(DraftEncoding.Png)]
    [TestCase(DraftEncoding.WebP)]
    [TestCase(DraftEncoding.Jpeg)]
    public async Task Every_encoding_of_a_draft_is_refined(DraftEncoding encoding)
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        await using var session = await OpenWithDraftAsync(link, SessionSettings.With(refinement => refinement with { Encoding = encoding }));

        var refined = await session.FinalizeAsync();

        Assert.That((refined.Picture.Width, refined.Picture.Height, refined.Report.Encoding), Is.EqualTo((64, 64, (DraftEncoding?)encoding)));
    }

    [Test]
    public async Task A_cloud_that_skips_every_second_step_runs_half_of_those_that_the_strength_leaves()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { SkipSteps = SkipStepSchedule.Uniform(2) });
        await using var session = await OpenWithDraftAsync(link, SessionSettings.With(refinement => refinement with { Steps = 8, Strength = 0.5 }));

        var refined = await session.FinalizeAsync();

        Assert.That(refined.Report.StepsRun, Is.EqualTo(2));
    }

    [Test]
    public async Task How_much_noise_a_draft_needs_is_predicted_on_the_edge_from_the_picture_that_the_user_saw()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        var predictor = new SeenDrafts();
        await using var session = await OpenWithDraftAsync(link, SessionSettings.With(refinement => refinement with { Steps = 10, DraftStrength = predictor }));

        var refined = await session.FinalizeAsync();

        Assert.That(refined.Report.Strength, Is.EqualTo(0.45));
        Assert.That(predictor.Seen.Single().Prompt, Is.EqualTo(session.Current!.Prompt));
        Assert.That(predictor.Seen.Single().Picture, Is.Not.Null, "it need not be decoded again");
    }

    [Test]
    public async Task How_much_noise_a_draft_needs_is_known_by_the_time_that_the_user_has_looked_at_it()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        var predictor = new SeenDrafts();
        await using var session = await OpenWithDraftAsync(link, Predicting(predictor));

        await Eventually.Holds(() => predictor.Seen.Count == 1, "the draft's strength is predicted");
        var refined = await session.FinalizeAsync();

        Assert.That((refined.Report.Strength, predictor.Seen.Count), Is.EqualTo((0.45, 1)));
    }

    [Test]
    public async Task Nothing_is_predicted_for_a_draft_that_nobody_has_looked_at()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        var predictor = new SeenDrafts();
        var options = Predicting(predictor) with { TimeProvider = new FakeTimeProvider() };
        await using var session = await OpenWithDraftAsync(link, options);

        await session.PromptAsync("a red boat");
        await session.FinalizeAsync();

        Assert.That(predictor.Seen.Select(draft => draft.Prompt), Is.EqualTo(new[] { "a red boat" }));
    }

    [Test]
    public async Task The_strength_of_a_draft_that_the_user_went_back_to_is_predicted_from_its_latent()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        var predictor = new SeenDrafts();
        await using var session = await OpenWithDraftAsync(link, Predicting(predictor) with { TimeProvider = new FakeTimeProvider() });
        await session.PromptAsync("a red boat");

        var first = session.GoBackTo(1);
        await session.FinalizeAsync();

        var seen = predictor.Seen.Single();
        Assert.That((seen.Prompt, seen.Latent, seen.Picture), Is.EqualTo((first.Prompt, first.Latent, (Picture?)null)));
    }

    [Test]
    public async Task Nothing_is_predicted_for_a_draft_that_the_user_left_again()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        var (predictor, clock) = (new SeenDrafts(), new FakeTimeProvider());
        await using var session = await OpenWithDraftAsync(link, Predicting(predictor) with { TimeProvider = clock });
        await session.PromptAsync("a red boat");

        session.GoBackTo(1);
        clock.Advance(TimeSpan.FromSeconds(1));
        await session.FinalizeAsync();

        Assert.That(predictor.Seen.Select(draft => draft.Prompt), Is.EqualTo(new[] { House }));
    }

    [TestCase(null, 1, 7)]
    [TestCase(null, 0.8, 7)]
    [TestCase(null, 0.4, 4)]
    [TestCase(SchedulerKind.Lcm, 1, 10)]
    public async Task A_cloud_takes_no_more_than_seven_tenths_of_the_steps_with_a_solver_that_can_do_without_some(SchedulerKind? solver, double strength, int steps)
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Scheduler = solver });
        await using var session = await OpenWithDraftAsync(link, SessionSettings.With(refinement => refinement with { Steps = 10, Strength = strength }));

        var refined = await session.FinalizeAsync();

        Assert.That(refined.Report.StepsRun, Is.EqualTo(steps));
    }

    [Test]
    public async Task A_cloud_with_another_VAE_gets_a_picture()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.CloudWithAnotherVae, link, new CloudRefinerOptions());
        await using var session = await OpenWithDraftAsync(link);

        var refined = await session.FinalizeAsync();

        Assert.That(refined.Report.Encoding, Is.EqualTo(DraftEncoding.WebP));
    }

    [Test]
    public async Task Progress_tells_the_stages_in_order_and_brings_previews()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { SkipSteps = SkipStepSchedule.None });
        await using var session = await OpenWithDraftAsync(link, SessionSettings.With(refinement => refinement with { PreviewEvery = 2, Strength = 0.5 }));
        var progress = new Recorder<RefinementProgress>();

        await session.FinalizeAsync(progress);

        Assert.Multiple(() =>
        {
            Assert.That(
                progress.All.Select(report => report.Stage).Distinct(),
                Is.EqualTo(new[] { RefinementStage.Connecting, RefinementStage.Preparing, RefinementStage.Sending, RefinementStage.Queued, RefinementStage.Refining }));
            var steps = progress.All.Where(report => report.Stage == RefinementStage.Refining).ToArray();
            Assert.That(steps.Select(report => (report.Step, report.Steps, report.Preview is not null)), Is.EqualTo(new[] { (1, 4, false), (2, 4, true), (3, 4, false), (4, 4, true) }));
        });
    }

    [Test]
    public async Task A_refined_picture_is_saved_with_its_prompt()
    {
        using var folder = new TemporaryFolder();
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        await using var session = await OpenWithDraftAsync(link);

        (await session.FinalizeAsync()).Save(folder.File("house.png"));

        Assert.That(Picture.ReadText(folder.File("house.png"))["prompt"], Is.EqualTo(House));
    }

    [Test]
    public async Task Without_a_cloud_the_edge_refines_and_says_so()
    {
        var options = SessionSettings.With(refinement => refinement with { FallBackToEdge = true, IdleTimeout = TimeSpan.FromMilliseconds(50), Strength = 0.5 });
        await using var session = await OpenWithDraftAsync(new InMemoryTransport(), options);

        var refined = await session.FinalizeAsync();

        Assert.Multiple(() =>
        {
            Assert.That((refined.Report.Place, refined.Report.RefinedBy, refined.Report.StepsRun), Is.EqualTo((RefinementPlace.Edge, "edge", 4)));
            Assert.That(refined.Report.EdgeReason, Does.Contain("can't be reached"));
            Assert.That(refined.Report.Attempts, Is.GreaterThan(1));
        });
    }

    [Test]
    public async Task Where_the_edge_must_not_refine_a_missing_cloud_is_an_error_and_the_session_goes_on()
    {
        var link = new InMemoryTransport();
        await using var session = await OpenWithDraftAsync(link, SessionSettings.With(refinement => refinement with { IdleTimeout = TimeSpan.FromMilliseconds(50) }));

        await Assert.ThatAsync(() => session.FinalizeAsync(), Throws.TypeOf<RefinementException>().With.Message.Contains("can't be reached"));

        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        Assert.That((await session.FinalizeAsync()).Report.Place, Is.EqualTo(RefinementPlace.Cloud));
    }

    [Test]
    public async Task A_cloud_that_is_too_slow_is_given_up_at_the_deadline_and_stops()
    {
        var link = new InMemoryTransport();
        var gate = new GatedStrength();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Strength = gate });
        await using var session = await OpenWithDraftAsync(link, SessionSettings.With(refinement => refinement with { Deadline = TimeSpan.FromMilliseconds(200) }));

        await Assert.ThatAsync(() => session.FinalizeAsync(), Throws.TypeOf<RefinementException>());

        await Eventually.Holds(() => !refiner.State.Running, "the cloud stops");
    }

    [Test]
    public async Task Cancelling_a_refinement_stops_the_cloud_and_leaves_the_session_as_it_was()
    {
        var link = new InMemoryTransport();
        var gate = new GatedStrength();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Strength = gate });
        await using var session = await OpenWithDraftAsync(link);
        using var cancellation = new CancellationTokenSource();
        var refining = session.FinalizeAsync(cancellationToken: cancellation.Token);
        await gate.NextRunAsync();

        await cancellation.CancelAsync();

        await Assert.ThatAsync(() => refining, Throws.InstanceOf<OperationCanceledException>());
        await Eventually.Holds(() => !refiner.State.Running, "the cloud stops");
        gate.Open();
        Assert.That((await session.FinalizeAsync()).Report.Place, Is.EqualTo(RefinementPlace.Cloud));
    }

    [Test]
    public async Task Disposing_a_session_stops_what_it_asked_for()
    {
        var link = new InMemoryTransport();
        var strength = new GatedStrength();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Strength = strength });
        var session = await OpenWithDraftAsync(link);
        var refining = session.FinalizeAsync();
        await strength.NextRunAsync();

        await session.DisposeAsync();

        await Assert.ThatAsync(() => refining, Throws.InstanceOf<OperationCanceledException>());
        await Eventually.Holds(() => refiner.State is { Running: false, Connections: 0 }, "the cloud stops");
    }

    [Test]
    public async Task A_wrong_token_is_not_tried_twice()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Token = "right" });
        await using var session = await OpenWithDraftAsync(link, SessionSettings.Quick with { Token = "wrong" });

        await Assert.ThatAsync(() => session.FinalizeAsync(), Throws.TypeOf<RefinementException>().With.Message.Contains("in 1 attempt:"));
    }

    private static EdgeSessionOptions Predicting(IStrengthPredictor predictor) => SessionSettings.With(refinement => refinement with { DraftStrength = predictor });

    private static async Task<EdgeSession> OpenWithDraftAsync(ITransport link, EdgeSessionOptions? options = null)
    {
        var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, options ?? SessionSettings.Quick);
        await session.PromptAsync(House);
        return session;
    }

    // What is left of a latent that crossed the link in float16.
    private static Latent Rounded(Latent latent) =>
        new([.. latent.Values.ToArray().Select(value => (float)(Half)value)], latent.Channels, latent.Height, latent.Width);

    private sealed class SeenDrafts : IStrengthPredictor
    {
        public List<StrengthContext> Seen { get; } = [];

        public ValueTask<double> PredictAsync(StrengthContext context, CancellationToken cancellationToken = default)
        {
            Seen.Add(context);
            return new(0.45);
        }
    }
}
