using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Training;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Learns the edge's UNet from the cloud's: to predict what the drawings say, what the cloud's UNet says, and what it thinks on the way
/// (Kim et al., "BK-SDM: A Lightweight, Fast, and Cheap Version of Stable Diffusion", 2023, section 3.2).
/// </summary>
internal sealed class EdgeStage : UNetStage
{
    private const double OutputWeight = 1;
    private const double FeatureWeight = 0.1;

    private readonly UNet2DConditionModel teacher;
    private readonly EdgeStudent student;

    /// <param name="weights">Where the other models are, and the UNet goes.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="seed">Decides the first weights.</param>
    public EdgeStage(ScenesFolder weights, Device device, long seed)
        : base(ScenesFolder.EdgeSide, weights, device)
    {
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        teacher = Weights.LoadCloudUNet();
        student = new EdgeStudent(ScenesModels.EdgeUNet, ScenesModels.CloudUNet);
        WeightInitialization.Draw(student, seed);
    }

    /// <inheritdoc/>
    public override nn.Module Learner => student;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 4000, BatchSize = 16, LearningRate = 1.5e-3, AverageDecay = 0.998 };

    private protected override UNet2DConditionModel UNet => student.UNet;

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        var batch = Data.Next(step, batchSize);
        var (taught, lesson) = Teach(batch);
        using var text = student.UNet.Attend(batch.Embeddings);
        var (prediction, features) = student.UNet.ForwardWithFeatures(batch.Noisy, batch.Timesteps, text);
        using (lesson)
        using (features)
        {
            var task = F.mse_loss(prediction, batch.Target);
            var output = F.mse_loss(prediction, taught);
            var feature = student.FeatureLoss(features, lesson);
            return (task + (OutputWeight * output) + (FeatureWeight * feature)).MoveToOuterDisposeScope();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        teacher.Dispose();
        student.Dispose();
        base.Dispose(disposing);
    }

    private (Tensor Prediction, UNetFeatures Features) Teach(DenoisingBatch batch)
    {
        using var noGradient = no_grad();
        using var text = teacher.Attend(batch.Embeddings);
        return teacher.ForwardWithFeatures(batch.Noisy, batch.Timesteps, text);
    }
}
