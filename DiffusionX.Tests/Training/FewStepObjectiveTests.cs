using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Schedulers;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Training;

[TestFixture]
[NoTensorLeaks]
public sealed class FewStepObjectiveTests
{
    private static readonly SchedulerConfig Config = new() { Kind = SchedulerKind.Lcm, PredictionType = PredictionType.VPrediction, OriginalInferenceSteps = 10 };

    private static readonly UNet2DConditionConfig Teacher = new()
    {
        SampleSize = 8,
        BlockOutChannels = [8, 8],
        AttentionHeads = [1, 1],
        DownAttends = [true, true],
        UpAttends = [true, true],
        MidBlock = UNetMidBlock.None,
        LayersPerBlock = 1,
        CrossAttentionDim = 8,
        NormGroups = 2,
    };

    [TestCase(1.0)]
    [TestCase(0.5)]
    public void A_student_comes_nearer_to_the_ends_of_its_teachers_paths(double strength)
    {
        using var scope = NewDisposeScope();
        using var teacher = Build(Teacher, seed: 1);
        using var student = Build(Teacher with { GuidanceEmbeddingDim = 8 }, seed: 2);
        using var optimizer = optim.Adam(student.parameters(), lr: 3e-3);
        foreach (var parameter in student.parameters())
        {
            parameter.requires_grad = true;
        }

        var objective = new FewStepObjective(Config);
        manual_seed(3);
        var batch = new FewStepBatch(randn(2, 4, 8, 8), strength, randn(2, 3, 8), zeros(2, 3, 8), GuidanceScale: 2);
        var losses = new List<float>();
        for (var step = 0; step < 12; step++)
        {
            manual_seed(4);
            optimizer.zero_grad();
            using var loss = objective.Loss(student, teacher, batch);
            losses.Add(loss.item<float>());
            loss.backward();
            optimizer.step();
        }

        Assert.That(losses[^1], Is.LessThan(0.8f * losses[0]));
    }

    private static UNet2DConditionModel Build(UNet2DConditionConfig config, long seed)
    {
        using var placement = ParameterPlacement.On(CPU, ScalarType.Float32);
        var unet = new UNet2DConditionModel(config);
        WeightInitialization.Draw(unet, seed);
        return unet;
    }
}
