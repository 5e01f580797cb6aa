using DiffusionX.Models.Common;
using DiffusionX.Models.Vae;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Learns the VAE's decoder further while its encoder stays, so that the UNets, which know the encoder's latents, stay right (as Stable
/// Diffusion's own decoders were improved after its UNet was trained).
/// </summary>
internal sealed class DecoderStage : TrainingStage
{
    private readonly ScenesFolder weights;
    private readonly Device device;
    private readonly AutoencoderKL vae;
    private SceneProducer? scenes;

    /// <param name="weights">Where the VAE is.</param>
    /// <param name="device">Where it is trained.</param>
    public DecoderStage(ScenesFolder weights, Device device)
    {
        this.weights = weights;
        this.device = device;
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        vae = weights.LoadAutoencoder();
    }

    /// <inheritdoc/>
    public override string Name => "decoder";

    /// <inheritdoc/>
    public override nn.Module Learner => vae.named_children().Single(child => child.name == "decoder").module;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 1500, BatchSize = 16, LearningRate = 1e-3, WarmUpSteps = 50, AverageDecay = 0.995 };

    /// <inheritdoc/>
    public override string Note => scenes?.Rates ?? "";

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        scenes ??= new SceneProducer(SceneSplit.Training, first: step * batchSize);
        var images = SceneCrops.Next(scenes, step, batchSize, device);
        var error = vae.Decode(Encode(images)) - images;
        return ReconstructionError.Of(error).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Show(TrainingSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ReconstructionSamples.Save(vae, device, snapshot);
        LossCurve.Save(snapshot);
    }

    /// <inheritdoc/>
    /// <remarks>It always begins with the VAE that is there.</remarks>
    public override void StartFromExport()
    {
    }

    /// <inheritdoc/>
    public override void Export() => weights.SaveAutoencoder(vae, vae.Config.ScalingFactor);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        scenes?.Dispose();
        vae.Dispose();
        base.Dispose(disposing);
    }

    private Tensor Encode(Tensor images)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (mean, logVariance) = vae.Encode(images);
        return (mean + ((logVariance * 0.5).exp() * randn_like(mean))).MoveToOuterDisposeScope();
    }
}
