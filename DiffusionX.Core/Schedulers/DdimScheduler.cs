using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>DDIM without added noise (η = 0): Song et al., 2020, equation 12.</summary>
internal sealed class DdimScheduler(SchedulerConfig config) : Scheduler(config)
{
    private protected override SamplingPlan PlanChecked(int steps, double strength)
    {
        int[] timesteps = [.. Timesteps(steps).Skip(Skipped(steps, strength)).Select(t => (int)t)];
        // diffusers steps by this stride, whatever the distance to the next timestep is.
        var stride = Noise.Count / steps;
        return new DdimPlan(Config, timesteps, [.. timesteps.Select(Noise.Level)], [.. timesteps.Select(t => LevelBefore(t - stride))]);
    }

    private double[] Timesteps(int steps) => Config.Spacing switch
    {
        TimestepSpacing.Leading => TimestepGrid.Leading(Noise.Count, steps, steps, Config.StepsOffset),
        TimestepSpacing.Trailing => TimestepGrid.Trailing(Noise.Count, steps),
        _ => TimestepGrid.RoundedLinspace(Noise.Count, steps),
    };

    private NoiseLevel LevelBefore(int timestep) =>
        timestep >= 0 ? Noise.Level(timestep) : Config.SetAlphaToOne ? new NoiseLevel(1, 0) : Noise.Level(0);

    private sealed class DdimPlan(SchedulerConfig config, int[] timesteps, NoiseLevel[] levels, NoiseLevel[] nextLevels)
        : SamplingPlan([.. timesteps.Select(t => (double)t)], [.. levels.Select(level => level.Ratio)], levels[0], initialNoiseSigma: 1)
    {
        public override bool TakesUnevenSteps => true;

        public override Sampler Start(Func<Tensor> noise) => new DdimSampler(config, levels, nextLevels);
    }

    private sealed class DdimSampler(SchedulerConfig config, NoiseLevel[] levels, NoiseLevel[] nextLevels) : Sampler
    {
        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var clean = levels[step].ToClean(config.PredictionType, latent, modelOutput);
            if (config.ClipSampleRange is { } range)
            {
                clean.clamp_(-range, range);
            }

            return (clean, nextLevels[next - 1].Mix(clean, levels[step].ToNoise(config.PredictionType, latent, modelOutput)));
        }
    }
}
