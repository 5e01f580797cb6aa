using DiffusionX.Models;
using DiffusionX.Models.Layers;
using DiffusionX.Training;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Learns the edge's UNet from the cloud's: to predict what the drawings say, what the cloud's UNet says, and what it thinks on the way
/// (Kim et al., "BK-SDM: A Lightweight, Fast, and Cheap Version of Stable Diffusion", 2023, section 3.2).
/// </summary>
public sealed class EdgeStage : TrainingStage
{
    private const double OutputWeight = 1;
    private const double FeatureWeight = 0.1;

    private readonly ScenesFolder weights;
    private readonly UNet2DConditionModel teacher;
    private readonly EdgeStudent student;
    private readonly SceneDenoising data;

    /// <param name="weights">Where the other models are, and the UNet goes.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="seed">Decides the first weights.</param>
    public EdgeStage(ScenesFolder weights, Device device, long seed)
    {
        this.weights = weights;
        data = new SceneDenoising(weights, device);
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        teacher = weights.LoadCloudUNet();
        student = new EdgeStudent(ScenesModels.EdgeUNet, ScenesModels.CloudUNet);
        WeightInitialization.Draw(student, seed);
    }

    /// <inheritdoc/>
    public override string Name => "edge";

    /// <inheritdoc/>
    public override nn.Module Learner => student;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 4000, BatchSize = 16, LearningRate = 1.5e-3, AverageDecay = 0.998 };

    /// <inheritdoc/>
    public override string Note => data.Note;

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        var batch = data.Next(step, batchSize);
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
    public override void Show(TrainingSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        Export();
        SceneSamples.Save(weights.Edge, snapshot);
        LossCurve.Save(snapshot);
    }

    /// <inheritdoc/>
    public override void Export() => weights.SaveEdge(student.UNet);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        data.Dispose();
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
