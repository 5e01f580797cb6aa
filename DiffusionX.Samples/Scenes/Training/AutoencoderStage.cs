using DiffusionX.Models.Common;
using DiffusionX.Models.Vae;
using DiffusionX.Scenes.Streams;
using DiffusionX.Training;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Training;

/// <summary>
/// Learns the VAE: to give a scene back from its latent, with posteriors that stay near the standard normal distribution
/// (Rombach et al., 2022, without the adversarial part: flat scenes have no texture to invent).
/// </summary>
internal sealed class AutoencoderStage : TrainingStage
{
    private const double DivergenceWeight = 1e-4;
    private const int AnchoredSteps = 300;
    private const double LastAnchorWeight = 0.05;
    private const double FirstLogVariance = -6;
    private const int ScenesForScaling = 128;

    private readonly ScenesFolder weights;
    private readonly Device device;
    private readonly AutoencoderKL vae;
    private SceneProducer? scenes;

    /// <param name="weights">Where the VAE goes in the end.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="seed">Decides the first weights.</param>
    public AutoencoderStage(ScenesFolder weights, Device device, long seed)
    {
        this.weights = weights;
        this.device = device;
        using var placement = ParameterPlacement.On(device, ScalarType.Float32);
        vae = new AutoencoderKL(ScenesModels.Autoencoder);
        WeightInitialization.Draw(vae, seed);
        BeginNarrow();
    }

    /// <inheritdoc/>
    public override string Name => "vae";

    /// <inheritdoc/>
    public override nn.Module Learner => vae;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 1600, BatchSize = 16, LearningRate = 1.5e-3, WarmUpSteps = 50, AverageDecay = 0.995 };

    /// <inheritdoc/>
    public override string Note => scenes?.Rates ?? "";

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        scenes ??= new SceneProducer(SceneSplit.Training, first: step * batchSize);
        var images = SceneCrops.Next(scenes, step, batchSize, device);
        var (mean, logVariance) = vae.Encode(images);
        var latents = mean + ((logVariance * 0.5).exp() * randn_like(mean));
        var error = vae.Decode(latents) - images;
        var divergence = 0.5 * (mean.square() + logVariance.exp() - 1 - logVariance).mean();
        var thumbnail = nn.functional.avg_pool2d(images, vae.Config.PixelsPerLatent);
        var anchor = (mean.narrow(1, 0, thumbnail.shape[1]) - thumbnail).square().mean();
        var loss = ReconstructionError.Of(error) + (DivergenceWeight * divergence) + (AnchorWeight(step) * anchor);
        return loss.MoveToOuterDisposeScope();
    }

    // A latent that begins as the picture's thumbnail shows the decoder its colours from the first step on; left alone, it finds them after
    // a thousand. The little that stays keeps latents smooth, which is what a small denoiser needs.
    private static double AnchorWeight(int step) => Math.Clamp(1 - ((step - AnchoredSteps) / (double)AnchoredSteps), LastAnchorWeight, 1);

    // With posteriors as wide as the prior, hardly anything would get through at first, and most of the latent would never be used.
    private void BeginNarrow()
    {
        using var noGradient = no_grad();
        vae.state_dict()["quant_conv.bias"].narrow(0, vae.Config.LatentChannels, vae.Config.LatentChannels).fill_(FirstLogVariance);
    }

    /// <inheritdoc/>
    public override void Show(TrainingSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ReconstructionSamples.Save(vae, device, snapshot);
        LossCurve.Save(snapshot);
    }

    /// <inheritdoc/>
    public override void Export()
    {
        using var scope = NewDisposeScope();
        var scenes = Enumerable.Range(0, ScenesForScaling).Select(i => SceneStream.At(SceneSplit.Training, i)).ToArray();
        var latents = vae.Encode(SceneBatch.Images(scenes, device)).Mean;
        weights.SaveAutoencoder(vae, scalingFactor: Math.Round(1 / latents.std().item<float>(), 4));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        scenes?.Dispose();
        vae.Dispose();
        base.Dispose(disposing);
    }
}
