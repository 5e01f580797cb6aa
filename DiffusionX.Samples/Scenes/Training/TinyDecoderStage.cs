using DiffusionX.Models.Common;
using DiffusionX.Models.Vae;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Learns the decoder of previews, and an encoder beside it: to make of a drawing's latent what was drawn, of a draft's latent what the VAE
/// makes of it, and of a drawing the VAE's latent (Bohan, "Tiny AutoEncoder for Stable Diffusion", 2023, without the adversarial part).
/// </summary>
internal sealed class TinyDecoderStage : TrainingStage
{
    private const int DraftShare = 4;

    private readonly ScenesFolder weights;
    private readonly Device device;
    private readonly AutoencoderKL vae;
    private readonly AutoencoderTiny tiny;
    private readonly DraftLatents drafts;
    private SceneProducer? scenes;

    /// <param name="weights">Where the VAE and the few-step edge are, and the tiny one goes.</param>
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
        drafts = new DraftLatents(weights, device);
    }

    /// <inheritdoc/>
    public override string Name => "tiny-decoder";

    /// <inheritdoc/>
    public override nn.Module Learner => tiny;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 9000, BatchSize = 16, LearningRate = 2e-3, WarmUpSteps = 50, AverageDecay = 0.995 };

    /// <inheritdoc/>
    public override string Note => scenes?.Rates ?? "";

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize) => step % 2 == 0 ? LossOfDrafts(step, batchSize) : LossOfDrawings(step, batchSize);

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
        drafts.Dispose();
        vae.Dispose();
        tiny.Dispose();
        base.Dispose(disposing);
    }

    // Whole pictures, hence fewer.
    private Tensor LossOfDrafts(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        var latents = drafts.Draw((long)step * batchSize, Math.Max(1, batchSize / DraftShare));
        return ReconstructionError.Of(tiny.Decode(latents) - Decode(latents)).MoveToOuterDisposeScope();
    }

    private Tensor LossOfDrawings(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        scenes ??= new SceneProducer(SceneSplit.Training, first: step * batchSize);
        var images = SceneCrops.Next(scenes, step / 2, batchSize, device);
        var latents = Encode(images);
        var drawn = ReconstructionError.Of(tiny.Decode(latents) - images);
        var encoded = (tiny.Encode(images) - latents).square().mean();
        return (drawn + (0.1 * encoded)).MoveToOuterDisposeScope();
    }

    private Tensor Decode(Tensor latents)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return vae.Decode(latents.div(vae.Config.ScalingFactor)).MoveToOuterDisposeScope();
    }

    private Tensor Encode(Tensor images)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return vae.Encode(images).Mean.mul(vae.Config.ScalingFactor).MoveToOuterDisposeScope();
    }
}
