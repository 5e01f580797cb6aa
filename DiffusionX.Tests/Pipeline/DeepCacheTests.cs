using DiffusionX.Checkpoints;
using DiffusionX.Models.UNet;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Schedulers;
using DiffusionX.Tests.Models;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class DeepCacheTests : MiniModelTests
{
    private static readonly GenerationRequest Request = new() { Prompt = "a red house under a yellow moon", Steps = 9, Seed = 7, Scheduler = SchedulerKind.Ddim };

    [Test]
    public async Task Of_three_steps_two_reuse_the_deep_part_of_the_UNet()
    {
        var result = await Model.GenerateAsync(Request with { DeepCache = new DeepCacheOptions { Interval = 3 } });

        Assert.That((result.StepsRun, result.ReusedSteps), Is.EqualTo((9, 6)));
    }

    [Test]
    public async Task An_interval_of_one_reuses_nothing_and_changes_nothing()
    {
        var plain = await Model.GenerateAsync(Request);
        var cached = await Model.GenerateAsync(Request with { DeepCache = new DeepCacheOptions { Interval = 1 } });

        Assert.That(cached.ReusedSteps, Is.Zero);
        Assert.That(cached.Images[0].Latent, Is.SameLatentAs(plain.Images[0].Latent));
    }

    [Test]
    public async Task What_is_reused_changes_the_picture_a_little()
    {
        var plain = Values(await Model.GenerateAsync(Request));
        var cached = Values(await Model.GenerateAsync(Request with { DeepCache = new DeepCacheOptions { Interval = 2 } }));

        Assert.That(Distance(plain, cached), Is.GreaterThan(0).And.LessThan(0.2 * Distance(plain, new float[plain.Length])));
    }

    [Test]
    public async Task Nothing_is_reused_across_runs()
    {
        var request = Request with { DeepCache = new DeepCacheOptions { Interval = 4 } };
        var first = await Model.GenerateAsync(request);
        await Model.GenerateAsync(request with { Prompt = "a boat", Seed = 8 });

        var again = await Model.GenerateAsync(request);

        Assert.That(again.Images[0].Latent, Is.SameLatentAs(first.Images[0].Latent));
    }

    [Test]
    public async Task Where_guidance_begins_or_ends_a_step_is_computed_whole()
    {
        var interval = new GuidanceInterval { LowestSigma = 0.3, HighestSigma = 5 };

        var result = await Model.GenerateAsync(Request with { DeepCache = new DeepCacheOptions { Interval = 100 }, GuidanceInterval = interval });

        Assert.That(result.ReusedSteps, Is.EqualTo(result.StepsRun - 3));
    }

    [TestCase(0, 1)]
    [TestCase(2, 0)]
    [TestCase(2, 2)]
    public void Settings_that_the_UNet_can_not_meet_are_refused(int interval, int shallowLevels) => Assert.That(
        () => Model.GenerateAsync(Request with { DeepCache = new DeepCacheOptions { Interval = interval, ShallowLevels = shallowLevels } }),
        Throws.TypeOf<GenerationException>().With.Message.Contains("levels"));

    [TestCase(1)]
    [TestCase(2)]
    public void The_same_input_again_gives_the_same_prediction_from_the_cache_also_without_a_middle_block(int shallowLevels)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var unet = WithoutMiddle();
        using var text = unet.Attend(randn(1, 5, 16));
        using var deep = new DeepCacheFeatures(shallowLevels, interval: 2);
        var (sample, timestep) = (randn(1, 4, 9, 12), full([1], 500f));

        var whole = unet.Forward(sample, timestep, text, deep);
        var served = deep.CanServe(sample);
        var reused = unet.Forward(sample, timestep, text, deep);

        Assert.That(served, Is.True);
        Assert.That((whole - reused).abs().max().item<float>(), Is.LessThan(1e-5));
    }

    private static UNet2DConditionModel WithoutMiddle()
    {
        const string Config =
            """
            {
              "block_out_channels": [32, 32, 64], "layers_per_block": 1, "attention_head_dim": 4, "cross_attention_dim": 16, "mid_block_type": null,
              "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"], "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]
            }
            """;
        var unet = new UNet2DConditionModel(UNet2DConditionConfig.FromJson(Json.Parse(Config), "test"));
        HashWeights.Fill(unet);
        return unet;
    }

    private static float[] Values(GenerationResult result) => result.Images[0].Latent.Values.ToArray();

    private static double Distance(float[] left, float[] right) => Math.Sqrt(left.Zip(right).Sum(pair => Math.Pow(pair.First - pair.Second, 2)));
}
