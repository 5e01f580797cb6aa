using DiffusionX.Pipeline;
using DiffusionX.Schedulers;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Tests.Pipeline;
using DiffusionX.Transport.Messages;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Sessions;

/// <summary>An edge with SSD-1B's architecture and a cloud with Stable Diffusion XL's, over TCP.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class StableDiffusionXLSessionTests
{
    private TemporaryFolder folder = null!;
    private DiffusionModel edge = null!;
    private DiffusionModel cloud = null!;

    [OneTimeSetUp]
    public async Task LoadBoth()
    {
        folder = new TemporaryFolder();
        MiniModelXL.WriteEdge(folder.File("edge"));
        MiniModelXL.WriteCloud(folder.File("cloud"));
        edge = await DiffusionModel.LoadAsync(folder.File("edge"));
        cloud = await DiffusionModel.LoadAsync(folder.File("cloud"));
    }

    [OneTimeTearDown]
    public void FreeBoth()
    {
        edge.Dispose();
        cloud.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task The_drafts_latent_crosses_the_wire_as_it_is()
    {
        await using var refiner = await ListenAsync();
        await using var session = await EdgeSession.OpenAsync(
            edge, LinkTo(refiner), SessionSettings.With(refinement => refinement with { Strength = 0.5 }));
        await session.PromptAsync("a red house");
        await session.PromptAsync("a red house at night");

        var refined = await session.FinalizeAsync();

        var whole = await cloud.GenerateAsync(new GenerationRequest
        {
            Prompt = "a red house at night",
            Seed = 9,
            Steps = 8,
            Scheduler = SchedulerKind.Ddim,
            Strength = 0.5,
            InitLatent = session.Current!.Latent,
        });
        Assert.That(
            (refined.Report.Place, refined.Report.Encoding),
            Is.EqualTo((RefinementPlace.Cloud, (DraftEncoding?)DraftEncoding.Float16Latent)));
        Assert.That(refined.Picture, Is.SamePictureAs(whole.Images[0].Picture).Within(2), "but for the float16 of the link, it is the same run");
    }

    [Test]
    public async Task The_cloud_goes_on_where_the_edge_stopped()
    {
        await using var refiner = await ListenAsync();
        var options = SessionSettings.With(refinement => refinement with { Relay = new LatentRelay(0.5), Strength = 0.75 });
        await using var session = await EdgeSession.OpenAsync(edge, LinkTo(refiner), options);
        await session.PromptAsync("a red house");

        var refined = await session.FinalizeAsync();

        var request = new GenerationRequest
        {
            Prompt = "a red house",
            Seed = 8,
            Steps = 8,
            Scheduler = SchedulerKind.Ddim,
            Strength = 0.75,
            InitLatent = session.Current!.Latent,
        };
        var begun = await edge.DenoisePartiallyAsync(request, steps: 3);
        var whole = await cloud.GenerateAsync(request with { InitLatent = null, ContinueFrom = begun });
        Assert.That((refined.Report.RelayedSteps, refined.Report.StepsRun), Is.EqualTo((3, 3)));
        Assert.That(refined.Picture, Is.SamePictureAs(whole.Images[0].Picture).Within(2), "but for the float16 of the link, it is the same run");
    }

    [Test]
    public async Task Strengths_are_predicted_from_the_pooled_prompts()
    {
        await using var refiner = await ListenAsync();
        var options = SessionSettings.Quick with { Strength = new EmbeddingDistanceStrength() };
        await using var session = await EdgeSession.OpenAsync(edge, LinkTo(refiner), options);
        await session.PromptAsync("a red house");

        var little = await session.PromptAsync("a red house!");

        Assert.That(little.Round.Strength, Is.InRange(StrengthRange.Smallest, StrengthRange.Largest));
    }

    private Task<CloudRefiner> ListenAsync() =>
        CloudRefiner.StartAsync(
            cloud, new TcpTransport(new TcpTransportOptions()), new CloudRefinerOptions { Scheduler = SchedulerKind.Ddim });

    private static TcpTransport LinkTo(CloudRefiner refiner) =>
        new(new TcpTransportOptions { Port = new Uri(refiner.Address).Port });
}
