using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Training;

/// <summary>
/// What a denoiser learns from: latents with a random amount of noise, and what it is to say of them (Ho et al., "Denoising Diffusion
/// Probabilistic Models", 2020, section 3.4, with the prediction that the config names).
/// </summary>
internal sealed class DenoisingObjective : IDisposable
{
    // How often the first and the last timestep are drawn, in units of the mean: at the ends there is little to learn, fine grain at the
    // one, and at the other which picture it will be, which nothing tells. In the middle is what a prompt decides.
    private const double ShareAtTheEnds = 0.4;

    private readonly PredictionType prediction;
    private readonly Tensor alphas;
    private readonly Tensor sigmas;
    private readonly Tensor drawnBelow;

    /// <param name="config">The noise of each timestep, and the kind of prediction.</param>
    /// <param name="device">Where the latents are.</param>
    public DenoisingObjective(SchedulerConfig config, Device device)
    {
        ArgumentNullException.ThrowIfNull(config);
        prediction = config.PredictionType;
        var schedule = new NoiseSchedule(config);
        var levels = Enumerable.Range(0, schedule.Count).Select(schedule.Level).ToArray();
        alphas = OfLevels(levels, level => level.Alpha, device);
        sigmas = OfLevels(levels, level => level.Sigma, device);
        drawnBelow = tensor(Enumerable.Range(1, levels.Length).Select(i => (float)ShareBelow((double)i / levels.Length)).ToArray(), device: device).DetachFromDisposeScope();
    }

    /// <summary>
    /// Puts noise on latents. Timesteps in the middle are drawn more often than those at the ends (as in Esser et al., "Scaling Rectified
    /// Flow Transformers for High-Resolution Image Synthesis", 2024, section 3.1, with a parabola in place of their logit-normal density),
    /// and those of a batch are spread evenly over that density, from a start drawn from torch's global generator, so that batches differ
    /// little in how hard they are (Kingma et al., "Variational Diffusion Models", 2021, appendix I.1).
    /// </summary>
    /// <param name="clean">[B, 4, h, w].</param>
    public DenoisingSample Draw(Tensor clean)
    {
        ArgumentNullException.ThrowIfNull(clean);
        using var scope = NewDisposeScope();
        var timesteps = SpreadTimesteps(clean.shape[0], clean.device);
        var (alpha, sigma) = (alphas[timesteps].view(-1, 1, 1, 1), sigmas[timesteps].view(-1, 1, 1, 1));
        var noise = randn_like(clean);
        var noisy = (clean * alpha) + (noise * sigma);
        var target = prediction switch
        {
            PredictionType.Epsilon => noise,
            PredictionType.VPrediction => (noise * alpha) - (clean * sigma),
            _ => clean.clone(),
        };
        return new DenoisingSample(noisy.MoveToOuterDisposeScope(), timesteps.MoveToOuterDisposeScope(), target.MoveToOuterDisposeScope());
    }

    private Tensor SpreadTimesteps(long count, Device device)
    {
        var places = (rand(1, device: device) + (arange(count, device: device) / count)).frac();
        return searchsorted(drawnBelow, places, right: true).clamp_max(alphas.shape[0] - 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        alphas.Dispose();
        sigmas.Dispose();
        drawnBelow.Dispose();
    }

    // The integral, from 0, of a density that is a parabola: highest in the middle, and of integral 1.
    private static double ShareBelow(double place) => (ShareAtTheEnds * place) + ((1 - ShareAtTheEnds) * ((3 * place * place) - (2 * place * place * place)));

    private static Tensor OfLevels(NoiseLevel[] levels, Func<NoiseLevel, double> part, Device device) =>
        tensor(levels.Select(level => (float)part(level)).ToArray(), device: device).DetachFromDisposeScope();
}

/// <summary>Noisy latents, and what a denoiser is to say of them.</summary>
/// <param name="Noisy">The latents with noise, [B, 4, h, w].</param>
/// <param name="Timesteps">How much noise each has, [B], int64.</param>
/// <param name="Target">The noise, the velocity or the clean latents, [B, 4, h, w].</param>
internal readonly record struct DenoisingSample(Tensor Noisy, Tensor Timesteps, Tensor Target);
