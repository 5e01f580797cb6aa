using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Training;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DiffusionX.Scenes.Training;

/// <summary>Learns the cloud's UNet: to predict the velocity of noisy latents from their captions.</summary>
internal sealed class CloudStage : UNetStage
{
    /// <param name="weights">Where the VAE and the text encoder are, and the UNet goes.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="seed">Decides the first weights.</param>
    public CloudStage(ScenesFolder weights, Device device, long seed)
        : base(ScenesFolder.CloudSide, weights, device)
    {
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        UNet = new UNet2DConditionModel(ScenesModels.CloudUNet);
        WeightInitialization.Draw(UNet, seed);
    }

    /// <inheritdoc/>
    public override nn.Module Learner => UNet;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 7000, BatchSize = 16, LearningRate = 1e-3, AverageDecay = 0.998 };

    private protected override UNet2DConditionModel UNet { get; }

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        var batch = Data.Next(step, batchSize);
        using var text = UNet.Attend(batch.Embeddings);
        return F.mse_loss(UNet.Forward(batch.Noisy, batch.Timesteps, text), batch.Target).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        UNet.Dispose();
        base.Dispose(disposing);
    }
}
