using DiffusionX.Models.UNet;
using DiffusionX.Pipeline;
using DiffusionX.Scenes;
using DiffusionX.Tests.Models;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
public sealed class ThreadCountHeuristicTests
{
    private const int Available = 16;

    private static readonly UNet2DConditionConfig StableDiffusion = UNet2DConditionConfig.FromJson(Json.Parse("""{ "cross_attention_dim": 768 }"""), "sd15");

    [Test]
    public void Stable_Diffusion_has_work_for_all_of_them() => Assert.That(ThreadCountHeuristic.Of(StableDiffusion, Available), Is.EqualTo(Available));

    [Test]
    public void The_scenes_models_are_faster_on_one() => Assert.That(ThreadCountHeuristic.Of(ScenesModels.CloudUNet, Available), Is.EqualTo(1));

    [Test]
    public void No_model_gets_more_than_there_are() => Assert.That(ThreadCountHeuristic.Of(StableDiffusion, available: 2), Is.EqualTo(2));
}
