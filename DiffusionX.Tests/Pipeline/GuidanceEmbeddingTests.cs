using DiffusionX.Models.UNet;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Tests.Models;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline;

/// <summary>Models that are told the guidance scale, as the published latent consistency models are.</summary>
[TestFixture]
[NoTensorLeaks]
public sealed class GuidanceEmbeddingTests
{
    private static readonly GenerationRequest Request = new() { Prompt = "a boat", Steps = 2, Seed = 7 };

    private TemporaryFolder folder = null!;
    private DiffusionModel model = null!;

    [OneTimeSetUp]
    public async Task LoadAModel()
    {
        folder = new TemporaryFolder();
        MiniModel.Write(
            folder.Path,
            unet => unet.Replace("\"sample_size\": 8", "\"sample_size\": 8, \"time_cond_proj_dim\": 16", StringComparison.Ordinal));
        model = await DiffusionModel.LoadAsync(folder.Path);
    }

    [OneTimeTearDown]
    public void FreeIt()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Test]
    public async Task The_scale_changes_the_picture_and_no_step_asks_for_the_negative_prompt()
    {
        var weak = await model.GenerateAsync(Request with { GuidanceScale = 2 });
        var strong = await model.GenerateAsync(Request with { GuidanceScale = 9 });
        var avoiding = await model.GenerateAsync(Request with { GuidanceScale = 9, NegativePrompt = "fog" });

        Assert.That(strong.Images[0].Latent, Is.Not.SameLatentAs(weak.Images[0].Latent));
        Assert.That(avoiding.Images[0].Latent, Is.SameLatentAs(strong.Images[0].Latent));
        Assert.That(strong.GuidedSteps, Is.Zero);
    }

    [Test]
    public void A_guidance_interval_has_nothing_to_leave_out_and_is_refused()
    {
        var request = Request with { GuidanceInterval = new GuidanceInterval { LowestSigma = 1 } };

        Assert.That(() => model.GenerateAsync(request), Throws.TypeOf<GenerationException>().With.Message.Contains("GuidanceInterval"));
    }

    [Test]
    public void Sizes_are_for_models_that_are_told_them()
    {
        var request = Request with { SizeConditioning = new SizeConditioning() };

        Assert.That(() => model.GenerateAsync(request), Throws.TypeOf<GenerationException>().With.Message.Contains("SizeConditioning"));
    }

    // The numbers are of diffusers' get_guidance_scale_embedding(w = 0.001, embedding_dim = 4): w·1000·[1, 1/10000], sines first.
    [Test]
    public void The_scale_less_one_is_embedded_by_a_thousandfold_sines_first()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        const string Config =
            """
            {
              "block_out_channels": [32], "down_block_types": ["DownBlock2D"], "up_block_types": ["UpBlock2D"], "mid_block_type": null,
              "layers_per_block": 1, "time_cond_proj_dim": 4
            }
            """;
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.FromJson(Json.Parse(Config), "unet"));
        var projection = unet.state_dict()["time_embedding.cond_proj.weight"];
        projection.zero_();
        projection.narrow(0, 0, 4).copy_(eye(4));

        using var text = unet.Attend(zeros(1, 1, 1280), new AddedConditions { GuidanceScale = 1.001 });

        var added = text.SinusoidAddition![0].narrow(0, 0, 4).data<float>().ToArray();
        Assert.That(added, Is.EqualTo(new[] { 0.841471f, 0.0001f, 0.540302f, 1f }).Within(1e-5));
    }
}
