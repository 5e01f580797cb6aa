using System.Security.Cryptography;
using DiffusionX.Checkpoints;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Schedulers;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Strength;
using DiffusionX.Tests.Pipeline;
using DiffusionX.Transport;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Sessions;

/// <summary>LoRAs on both ends of a link: an edge with SSD-1B's architecture and a cloud with Stable Diffusion XL's, over TCP.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class LoraSessionTests
{
    private const string UNetLayer = "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k";
    private const string TextLayer = "lora_te1_text_model_encoder_layers_0_mlp_fc1";

    private TemporaryFolder folder = null!;
    private LoraSelection style = null!;
    private DiffusionModel edge = null!;
    private DiffusionModel cloud = null!;

    [OneTimeSetUp]
    public async Task LoadBoth()
    {
        folder = new TemporaryFolder();
        MiniModelXL.WriteEdge(folder.File("edge"));
        MiniModelXL.WriteCloud(folder.File("cloud"));
        style = new LoraSelection(LoraWriter.Write(folder.File("style.safetensors"), (UNetLayer, 80, 64), (TextLayer, 32, 64)), 0.5);
        LoraWriter.Write(folder.File("other.safetensors"), (UNetLayer, 80, 64));
        Directory.CreateDirectory(folder.File("on-the-cloud"));
        File.Copy(style.Path, CloudsCopy);
        edge = await DiffusionModel.LoadAsync(folder.File("edge"), new DiffusionModelOptions { Loras = [style] });
        cloud = await DiffusionModel.LoadAsync(folder.File("cloud"));
    }

    [OneTimeTearDown]
    public void FreeBoth()
    {
        edge.Dispose();
        cloud.Dispose();
        folder.Dispose();
    }

    private string CloudsCopy => folder.File("on-the-cloud/renamed.safetensors");

    [Test]
    public async Task The_cloud_refines_with_the_LoRA_of_the_edges_model_found_by_its_content()
    {
        await using var refiner = await ListenAsync(CloudsCopy);
        await using var session = await EdgeSession.OpenAsync(edge, LinkTo(refiner), SessionSettings.With(refinement => refinement with { Strength = 0.5 }));
        await session.PromptAsync("a red house");

        var refined = await session.FinalizeAsync();

        var request = Whole(session) with { Strength = 0.5, InitLatent = session.Current!.Latent };
        var plain = await cloud.GenerateAsync(request);
        var styled = await cloud.GenerateAsync(request with { Loras = [style] });
        Assert.Multiple(() =>
        {
            Assert.That(refined.Report.Place, Is.EqualTo(RefinementPlace.Cloud));
            Assert.That(refined.Picture, Is.SamePictureAs(styled.Images[0].Picture).Within(2), "but for the float16 of the link, it is the same run");
            Assert.That(refined.Picture, Is.Not.SamePictureAs(plain.Images[0].Picture).Within(2), "and not the one without the LoRA");
            Assert.That(cloud.Loras, Is.Empty, "which is the request's alone");
        });
    }

    [Test]
    public async Task The_cloud_goes_on_with_the_LoRA_where_the_edge_stopped()
    {
        await using var refiner = await ListenAsync(CloudsCopy);
        var options = SessionSettings.With(refinement => refinement with { Relay = new LatentRelay(0.5), Strength = 0.75 });
        await using var session = await EdgeSession.OpenAsync(edge, LinkTo(refiner), options);
        await session.PromptAsync("a red house");

        var refined = await session.FinalizeAsync();

        var request = Whole(session) with { Strength = 0.75, InitLatent = session.Current!.Latent };
        var begun = await edge.DenoisePartiallyAsync(request, steps: 3);
        var whole = await cloud.GenerateAsync(request with { InitLatent = null, ContinueFrom = begun, Loras = [style] });
        Assert.That(refined.Report.RelayedSteps, Is.EqualTo(3));
        Assert.That(refined.Picture, Is.SamePictureAs(whole.Images[0].Picture).Within(2), "but for the float16 of the link, it is the same run");
    }

    [Test]
    public async Task The_next_request_without_LoRAs_has_the_clouds_model_as_it_is()
    {
        await using var refiner = await ListenAsync(CloudsCopy);
        await using var with = await EdgeSession.OpenAsync(edge, LinkTo(refiner), SessionSettings.With(refinement => refinement with { Strength = 0.5 }));
        await using var without = await EdgeSession.OpenAsync(
            edge, LinkTo(refiner), SessionSettings.With(refinement => refinement with { Strength = 0.5, Loras = [] }));
        await with.PromptAsync("a red house");
        await without.PromptAsync("a red house");
        await with.FinalizeAsync();

        var refined = await without.FinalizeAsync();

        var plain = await cloud.GenerateAsync(Whole(without) with { Strength = 0.5, InitLatent = without.Current!.Latent });
        Assert.That(refined.Picture, Is.SamePictureAs(plain.Images[0].Picture).Within(2), "but for the float16 of the link, it is the same run");
    }

    [Test]
    public async Task A_cloud_that_lacks_the_LoRA_says_so_by_the_first_digits_of_its_hash()
    {
        await using var refiner = await ListenAsync(folder.File("other.safetensors"));
        await using var session = await EdgeSession.OpenAsync(edge, LinkTo(refiner), SessionSettings.Quick);
        await session.PromptAsync("a red house");

        var hash = await HashOfAsync(style.Path);
        var error = await Assert.ThrowsAsync<RefinementException>(() => session.FinalizeAsync());

        Assert.That(error!.Message, Does.Contain($"lacks the LoRA {hash[..12]} ").And.Not.Contain(hash[..13]));
        Assert.That((error.Refusal!.Code, error.Refusal.Retryable), Is.EqualTo((ErrorCode.InvalidRequest, false)));
    }

    [Test]
    public async Task The_edge_refines_where_the_cloud_lacks_the_LoRA_if_it_may()
    {
        await using var refiner = await ListenAsync();
        await using var session = await EdgeSession.OpenAsync(
            edge, LinkTo(refiner), SessionSettings.With(refinement => refinement with { FallBackToEdge = true }));
        await session.PromptAsync("a red house");

        var refined = await session.FinalizeAsync();

        Assert.That(refined.Report.Place, Is.EqualTo(RefinementPlace.Edge));
        Assert.That(refined.Report.EdgeReason, Does.Contain("lacks the LoRA"));
    }

    [Test]
    public async Task A_LoRA_of_another_family_is_refused_when_the_cloud_starts()
    {
        var ofAnother = LoraWriter.Write(folder.File("sd1.safetensors"), ("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", 32, 32));

        await Assert.ThatAsync(
            () => ListenAsync(ofAnother), Throws.TypeOf<CheckpointException>().With.Message.Contains("sd1.safetensors was made for another model"));
    }

    [Test]
    public async Task A_LoRA_of_the_options_goes_before_those_of_the_edges_model()
    {
        var other = new LoraSelection(folder.File("other.safetensors"), -1);
        await using var refiner = await ListenAsync(CloudsCopy, other.Path);
        await using var session = await EdgeSession.OpenAsync(
            edge, LinkTo(refiner), SessionSettings.With(refinement => refinement with { Strength = 0.5, Loras = [other, style] }));
        await session.PromptAsync("a red house");

        var refined = await session.FinalizeAsync();

        var whole = await cloud.GenerateAsync(Whole(session) with { Strength = 0.5, InitLatent = session.Current!.Latent, Loras = [other, style] });
        Assert.That(refined.Picture, Is.SamePictureAs(whole.Images[0].Picture).Within(2), "but for the float16 of the link, it is the same run");
    }

    [TestCase(17, 1, "Count")]
    [TestCase(1, double.NaN, "Strength")]
    public async Task LoRAs_that_no_request_could_name_are_refused_when_the_session_is_opened(int count, double strength, string named)
    {
        await using var refiner = await ListenAsync();
        var options = SessionSettings.With(refinement => refinement with { Loras = [.. Enumerable.Repeat(style with { Strength = strength }, count)] });

        await Assert.ThatAsync(
            () => EdgeSession.OpenAsync(edge, LinkTo(refiner), options), Throws.TypeOf<SessionException>().With.Message.Contains($"Refinement.Loras.{named}"));
    }

    [TestCase(SchedulerKind.Lcm)]
    [TestCase(SchedulerKind.Tcd)]
    public async Task Both_ends_draw_in_four_steps_with_a_LoRA_and_its_solver(SchedulerKind solver)
    {
        await using var refiner = await ListenAsync(solver, CloudsCopy);
        var options = SessionSettings.With(refinement => refinement with { Steps = 4, Strength = 1, GuidanceScale = 1 }) with
        {
            Steps = 4,
            GuidanceScale = 1,
            Scheduler = solver,
        };
        await using var session = await EdgeSession.OpenAsync(edge, LinkTo(refiner), options);

        var draft = await session.PromptAsync("a red house");
        var refined = await session.FinalizeAsync();

        Assert.That((draft.Round.StepsRun, refined.Report.StepsRun), Is.EqualTo((4, 4)));
        Assert.That(refined.Report.Place, Is.EqualTo(RefinementPlace.Cloud));
    }

    [Test]
    public async Task Prompts_are_weighed_on_both_ends()
    {
        const string prompt = "a (red:1.6) house";
        await using var refiner = await ListenAsync(CloudsCopy);
        var options = SessionSettings.With(refinement => refinement with { Strength = 0.5 }) with { PromptSyntax = PromptSyntax.Weighted };
        await using var session = await EdgeSession.OpenAsync(edge, LinkTo(refiner), options);
        var draft = await session.PromptAsync(prompt);

        var refined = await session.FinalizeAsync();

        var weighed = Whole(session) with { PromptSyntax = options.PromptSyntax };
        var round = await edge.GenerateAsync(weighed with { Seed = 7, Steps = 4, Scheduler = null });
        var whole = await cloud.GenerateAsync(weighed with { Strength = 0.5, InitLatent = session.Current!.Latent, Loras = [style] });
        Assert.That(draft.Picture.Pixels.ToArray(), Is.EqualTo(round.Images[0].Picture.Pixels.ToArray()));
        Assert.That(refined.Picture, Is.SamePictureAs(whole.Images[0].Picture).Within(2), "but for the float16 of the link, it is the same run");
    }

    [Test]
    public async Task Strengths_are_predicted_from_the_words_alone()
    {
        await using var refiner = await ListenAsync();
        var options = SessionSettings.Quick with
        {
            Strength = new EmbeddingDistanceStrength(),
            PromptSyntax = PromptSyntax.Weighted,
        };
        await using var session = await EdgeSession.OpenAsync(edge, LinkTo(refiner), options);
        await session.PromptAsync("a red house");

        var reweighed = await session.PromptAsync("a (red:1.4) house");

        Assert.That(reweighed.Round.Strength, Is.EqualTo(StrengthRange.Smallest));
    }

    private static GenerationRequest Whole(EdgeSession session) =>
        new() { Prompt = session.Current!.Prompt, Seed = 8, Steps = 8, Scheduler = SchedulerKind.Ddim };

    private static async Task<string> HashOfAsync(string path) =>
        Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(path)));

    private Task<CloudRefiner> ListenAsync(params string[] loras) => ListenAsync(SchedulerKind.Ddim, loras);

    private Task<CloudRefiner> ListenAsync(SchedulerKind solver, params string[] loras) =>
        CloudRefiner.StartAsync(cloud, new TcpTransport(new TcpTransportOptions()), new CloudRefinerOptions { Scheduler = solver, Loras = loras });

    private static TcpTransport LinkTo(CloudRefiner refiner) =>
        new(new TcpTransportOptions { Port = new Uri(refiner.Address).Port });
}
