using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>
/// Multistep consistency sampling: each step jumps to the clean latent, then puts noise back for the next (Luo et al., 2023, algorithm 3).
/// </summary>
internal sealed class LcmScheduler(SchedulerConfig config) : Scheduler(config)
{
    // σ_data of the boundary condition in Song et al., "Consistency Models", 2023
    private const double DataDeviation = 0.5;

    private protected override SamplingPlan PlanChecked(int steps, double strength)
    {
        var timesteps = TimestepGrid.Distilled(Config, steps, strength);
        NoiseLevel[] levels = [.. timesteps.Select(Noise.Level)];
        return new SamplingPlan(
            [.. timesteps.Select(timestep => (double)timestep)],
            [.. timesteps.Select(timestep => Noise.Ratio(timestep))],
            levels[0],
            noise => new LcmSampler(Config, timesteps, levels, noise))
        {
            AddsNoise = true,
        };
    }

    private sealed class LcmSampler(SchedulerConfig config, int[] timesteps, NoiseLevel[] levels, Func<Tensor> noise) : Sampler
    {
        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var predicted = Clip(levels[step].ToClean(config.PredictionType, latent, modelOutput), config.ClipSampleRange);
            var clean = MeetBoundary(predicted, latent, timesteps[step]);
            return (clean, step == levels.Length - 1 ? clean.alias() : levels[step + 1].Mix(clean, noise()));
        }

        // At timestep 0 the consistency function has to be the identity.
        private Tensor MeetBoundary(Tensor predicted, Tensor latent, double timestep)
        {
            var scaled = timestep * config.TimestepScaling;
            var square = (scaled * scaled) + (DataDeviation * DataDeviation);
            return (predicted * (scaled / Math.Sqrt(square))).add_(latent * (DataDeviation * DataDeviation / square));
        }
    }
}
