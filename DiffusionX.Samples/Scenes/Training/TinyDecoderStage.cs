using DiffusionX.Models.Common;
using DiffusionX.Models.Vae;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Learns the decoder of previews, and an encoder beside it: to make of a latent what was drawn, and of a drawing the VAE's latent (Bohan,
/// "Tiny AutoEncoder for Stable Diffusion", 2023, without the adversarial part).
/// </summary>
internal sealed class TinyDecoderStage : TrainingStage
{
    private readonly ScenesFolder weights;
    private readonly Device device;
    private readonly AutoencoderKL vae;
    private readonly AutoencoderTiny tiny;
    private SceneProducer? scenes;

    /// <param name="weights">Where the VAE is, and the tiny one goes.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="seed">Decides the first weights.</param>
    public TinyDecoderStage(ScenesFolder weights, Device device, long seed)
    {
        this.weights = weights;
        this.device = device;
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        vae = weights.LoadAutoencoder();
        tiny = new AutoencoderTiny(ScenesModels.TinyAutoencoder);
        WeightInitialization.Draw(tiny, seed);
    }

    /// <inheritdoc/>
    public override string Name => "tiny-decoder";

    /// <inheritdoc/>
    public override nn.Module Learner => tiny;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 2400, BatchSize = 16, LearningRate = 2e-3, WarmUpSteps = 50, AverageDecay = 0.995 };

    /// <inheritdoc/>
    public override string Note => scenes?.Rates ?? "";

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        scenes ??= new SceneProducer(SceneSplit.Training, first: step * batchSize);
        var images = SceneCrops.Next(scenes, step, batchSize, device);
        var latents = Encode(images);
        var drawn = ReconstructionError.Of(tiny.Decode(latents) - images);
        var encoded = (tiny.Encode(images) - latents).square().mean();
        return (drawn + (0.1 * encoded)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Show(TrainingSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ReconstructionSamples.Save(images => tiny.Decode(Encode(images)), device, snapshot);
        LossCurve.Save(snapshot);
        Export();
    }

    /// <inheritdoc/>
    public override void StartFromExport() => weights.FillTinyAutoencoder(tiny);

    /// <inheritdoc/>
    public override void Export() => weights.SaveTinyAutoencoder(tiny);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        scenes?.Dispose();
        vae.Dispose();
        tiny.Dispose();
        base.Dispose(disposing);
    }

    private Tensor Encode(Tensor images)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return vae.Encode(images).Mean.mul(vae.Config.ScalingFactor).MoveToOuterDisposeScope();
    }
}
