using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Training;

/// <summary>
/// What a denoiser learns from: latents with a random amount of noise, and what it is to say of them (Ho et al., "Denoising Diffusion Probabilistic
/// Models", 2020, section 3.4, with the prediction that the config names).
/// </summary>
public sealed class DenoisingObjective : IDisposable
{
    private readonly PredictionType prediction;
    private readonly Tensor alphas;
    private readonly Tensor sigmas;

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
    }

    /// <summary>
    /// Puts noise on latents. Their timesteps lie evenly over all there are, from a start drawn from torch's global generator, so that batches differ
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
        return (places * alphas.shape[0]).@long().clamp_max(alphas.shape[0] - 1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        alphas.Dispose();
        sigmas.Dispose();
    }

    private static Tensor OfLevels(NoiseLevel[] levels, Func<NoiseLevel, double> part, Device device) =>
        tensor(levels.Select(level => (float)part(level)).ToArray(), device: device).DetachFromDisposeScope();
}
