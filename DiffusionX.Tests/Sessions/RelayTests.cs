using DiffusionX.Pipeline;
using DiffusionX.Schedulers;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Transport;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Sessions;

[TestFixture]
[NoTensorLeaks]
public sealed class RelayTests
{
    private const string House = "a red house";

    private static readonly EdgeSessionOptions Relaying = SessionSettings.With(refinement => refinement with { Relay = new LatentRelay(0.5), Strength = 0.75 });

    [Test]
    public async Task The_cloud_goes_on_where_the_edge_stopped()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Scheduler = SchedulerKind.Ddim });
        await using var session = await OpenWithDraftAsync(link, Relaying);

        var refined = await session.FinalizeAsync();

        var whole = await SessionModels.Cloud.GenerateAsync(new GenerationRequest
        {
            Prompt = House,
            Seed = 8,
            Steps = 8,
            Scheduler = SchedulerKind.Ddim,
            Strength = 0.75,
            InitLatent = session.Current!.Latent,
        });
        Assert.That(refined.Picture, Is.SamePictureAs(whole.Images[0].Picture).Within(2), "but for the float16 of the link, it is one run");
    }

    [Test]
    public async Task The_report_tells_which_side_took_which_steps()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        await using var session = await OpenWithDraftAsync(link, Relaying);

        var report = (await session.FinalizeAsync()).Report;

        Assert.That((report.RelayedSteps, report.StepsRun, report.Strength, report.Encoding), Is.EqualTo((3, 3, 0.75, (DraftEncoding?)DraftEncoding.Float16Latent)));
        Assert.That(report.RelayTime, Is.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public async Task Without_a_given_strength_the_edges_predictor_chooses_it()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        var options = SessionSettings.With(refinement => refinement with { Relay = new LatentRelay(), EdgeStrength = new FixedStrength(0.5) });
        await using var session = await OpenWithDraftAsync(link, options);

        var report = (await session.FinalizeAsync()).Report;

        Assert.That((report.RelayedSteps, report.StepsRun, report.Strength), Is.EqualTo((2, 2, 0.5)));
    }

    [Test]
    public async Task A_run_of_one_step_is_too_short_to_share_and_the_draft_is_sent()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        await using var session = await OpenWithDraftAsync(link, SessionSettings.With(refinement => refinement with { Relay = new LatentRelay(), Strength = 0 }));

        var report = (await session.FinalizeAsync()).Report;

        Assert.That((report.RelayedSteps, report.StepsRun), Is.EqualTo((0, 1)));
    }

    [Test]
    public async Task A_cloud_with_another_VAE_can_not_go_on_and_the_error_says_what_to_do()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.CloudWithAnotherVae, link, new CloudRefinerOptions());
        await using var session = await OpenWithDraftAsync(link, Relaying);

        await Assert.ThatAsync(() => session.FinalizeAsync(), Throws.TypeOf<RefinementException>().With.Message.Contains("Leave the relay out"));
    }

    [Test]
    public async Task A_cloud_whose_solver_can_not_go_on_refuses_with_the_reason()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions { Scheduler = SchedulerKind.Lcm });
        await using var session = await OpenWithDraftAsync(link, Relaying);

        await Assert.ThatAsync(() => session.FinalizeAsync(), Throws.TypeOf<RefinementException>().With.Message.Contains("DpmSolverPlusPlus2M"));
    }

    [Test]
    public async Task A_client_that_lies_about_the_noise_is_refused()
    {
        var link = new InMemoryTransport();
        await using var refiner = await CloudRefiner.StartAsync(SessionModels.Cloud, link, new CloudRefinerOptions());
        await using var client = await RawClient.ConnectAsync(link);

        var outcome = await client.AskAsync(RawClient.Request() with { Relay = new RelayPoint { NextStep = 2, Sigma = 1e6 } });

        Assert.That(outcome, Is.InstanceOf<Error>().With.Property(nameof(Error.Code)).EqualTo(ErrorCode.InvalidRequest));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(double.NaN)]
    public void A_share_that_leaves_a_side_nothing_is_refused(double share)
    {
        var options = SessionSettings.With(refinement => refinement with { Relay = new LatentRelay(share) });

        Assert.That(() => EdgeSession.OpenAsync(SessionModels.Edge, new InMemoryTransport(), options), Throws.TypeOf<SessionException>().With.Message.Contains("EdgeShare"));
    }

    private static async Task<EdgeSession> OpenWithDraftAsync(ITransport link, EdgeSessionOptions options)
    {
        var session = await EdgeSession.OpenAsync(SessionModels.Edge, link, options);
        await session.PromptAsync(House);
        return session;
    }
}
