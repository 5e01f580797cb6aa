using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Learns the few-step edge from the edge: pictures in one to four calls of its UNet, with the guidance built in and its scale told.
/// </summary>
internal sealed class EdgeFewStage : UNetStage
{
    private const int PoolSize = 12_000;

    // Later rounds start from a picture of another prompt than theirs.
    private const double EditedShare = 0.7;

    // As many batches begin with noise alone; the others redraw a latent, at strengths between these.
    private const double FromNoiseShare = 0.5;
    private const double LeastStrength = 0.3;
    private const double MostStrength = 0.95;

    // Half of the batches are guided as runs are by default, the others anywhere between these.
    private const double LeastGuidance = 1;
    private const double MostGuidance = 6;

    private readonly UNet2DConditionModel teacher;
    private readonly FewStepObjective objective = new(ScenesModels.FewStepScheduler);

    /// <param name="weights">Where the edge is, and the few-step edge goes.</param>
    /// <param name="device">Where it is trained.</param>
    public EdgeFewStage(ScenesFolder weights, Device device)
        : base(ScenesFolder.EdgeFewSide, weights, device, PoolSize)
    {
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        teacher = Weights.LoadUNet(ScenesFolder.EdgeSide);
        UNet = new UNet2DConditionModel(ScenesModels.EdgeFewUNet);
        BeginAsTeacher();
    }

    /// <inheritdoc/>
    public override nn.Module Learner => UNet;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 3000, BatchSize = 8, LearningRate = 4e-4, WarmUpSteps = 100, AverageDecay = 0.995 };

    private protected override UNet2DConditionModel UNet { get; }

    private protected override int SampleSteps => ScenesModels.FewSteps;

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        var strength = DrawStrength();
        var (clean, embeddings, empty) = Data.NextClean(step, batchSize, strength < 1 ? EditedShare : 0);
        return objective.Loss(UNet, teacher, new FewStepBatch(clean, strength, embeddings, empty, DrawGuidance())).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Export()
    {
        Weights.CopyShared(ScenesFolder.EdgeSide, ScenesFolder.EdgeFewSide);
        Weights.SavePipeline(ScenesFolder.EdgeFewSide, UNet, ScenesModels.FewStepScheduler, ScenesModels.FewSteps);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        teacher.Dispose();
        UNet.Dispose();
        base.Dispose(disposing);
    }

    private static double DrawStrength()
    {
        var numbers = rand(2).data<float>().ToArray();
        return numbers[0] < FromNoiseShare ? 1 : Math.Round(LeastStrength + ((MostStrength - LeastStrength) * numbers[1]), 2);
    }

    private static double DrawGuidance()
    {
        var numbers = rand(2).data<float>().ToArray();
        return numbers[0] < 0.5f ? ScenesModels.GuidanceScale : LeastGuidance + ((MostGuidance - LeastGuidance) * numbers[1]);
    }

    // It has all of the teacher's layers, and one that takes the scale, which changes nothing at first.
    private void BeginAsTeacher()
    {
        using var noGradient = no_grad();
        var taught = teacher.state_dict();
        foreach (var (name, parameter) in UNet.state_dict())
        {
            if (taught.TryGetValue(name, out var known))
            {
                parameter.copy_(known);
            }
            else
            {
                parameter.zero_();
            }
        }
    }
}
