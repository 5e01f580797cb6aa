using DiffusionX.Models;
using DiffusionX.Models.Layers;
using DiffusionX.Training;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DiffusionX.Scenes.Training;

/// <summary>Learns the cloud's UNet: to predict the velocity of noisy latents from their captions.</summary>
public sealed class CloudStage : TrainingStage
{
    private readonly ScenesFolder weights;
    private readonly UNet2DConditionModel unet;
    private readonly SceneDenoising data;

    /// <param name="weights">Where the VAE and the text encoder are, and the UNet goes.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="seed">Decides the first weights.</param>
    public CloudStage(ScenesFolder weights, Device device, long seed)
    {
        this.weights = weights;
        data = new SceneDenoising(weights, device);
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        unet = new UNet2DConditionModel(ScenesModels.CloudUNet);
        WeightInitialization.Draw(unet, seed);
    }

    /// <inheritdoc/>
    public override string Name => "cloud";

    /// <inheritdoc/>
    public override nn.Module Learner => unet;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 7000, BatchSize = 16, LearningRate = 1e-3, AverageDecay = 0.998 };

    /// <inheritdoc/>
    public override string Note => data.Note;

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        var batch = data.Next(step, batchSize);
        using var text = unet.Attend(batch.Embeddings);
        return F.mse_loss(unet.Forward(batch.Noisy, batch.Timesteps, text), batch.Target).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Show(TrainingSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        Export();
        SceneSamples.Save(weights.Cloud, snapshot);
        LossCurve.Save(snapshot);
    }

    /// <inheritdoc/>
    public override void Export() => weights.SaveCloud(unet);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        data.Dispose();
        unet.Dispose();
        base.Dispose(disposing);
    }
}
