using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>DDIM without added noise (η = 0): Song et al., 2020, equation 12.</summary>
internal sealed class DdimScheduler(SchedulerConfig config) : Scheduler(config)
{
    private protected override SamplingPlan PlanChecked(int steps, double strength)
    {
        var timesteps = WholeTimesteps(steps)[Skipped(steps, strength)..];
        // diffusers steps by this stride, whatever the distance to the next timestep is.
        var stride = Noise.Count / steps;
        NoiseLevel[] levels = [.. timesteps.Select(timestep => Noise.Level((int)timestep))];
        NoiseLevel[] nextLevels = [.. timesteps.Select(timestep => LevelOrEnd((int)timestep - stride))];
        return new SamplingPlan(timesteps, [.. timesteps.Select(Noise.Ratio)], levels, _ => new DdimSampler(Config, levels, nextLevels))
        {
            TakesUnevenSteps = true,
        };
    }

    private NoiseLevel LevelOrEnd(int timestep) =>
        timestep >= 0 ? Noise.Level(timestep) : Config.SetAlphaToOne ? NoiseLevel.Clean : Noise.Level(0);

    private sealed class DdimSampler(SchedulerConfig config, NoiseLevel[] levels, NoiseLevel[] nextLevels) : Sampler
    {
        internal override IReadOnlyList<(Tensor Output, double Lambda)>? Memory => [];

        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var clean = Clip(levels[step].ToClean(config.PredictionType, latent, modelOutput), config.ClipSampleRange);
            return (clean, nextLevels[next - 1].Mix(clean, levels[step].ToNoise(config.PredictionType, latent, modelOutput)));
        }
    }
}
