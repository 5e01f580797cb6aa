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
        var distilled = DistilledTimesteps(strength);
        if (steps > distilled.Length)
        {
            throw new SchedulerException(
                $"{steps} steps were asked for, and of the {Config.OriginalInferenceSteps} that this LCM model was distilled from a strength of {strength} leaves {distilled.Length}. "
                + "Ask for fewer steps or a higher strength.");
        }

        int[] timesteps = [.. Enumerable.Range(0, steps).Select(i => distilled[(int)Math.Floor(i * (distilled.Length / (double)steps))])];
        return new LcmPlan(Config, timesteps, [.. timesteps.Select(Noise.Level)]);
    }

    // Falling. A part of the range for image-to-image, in which all steps are taken.
    private int[] DistilledTimesteps(double strength)
    {
        var stride = Noise.Count / Math.Clamp(Config.OriginalInferenceSteps, 1, Noise.Count);
        var count = Config.OriginalInferenceSteps - Skipped(Config.OriginalInferenceSteps, strength);
        return [.. Enumerable.Range(1, count).Reverse().Select(i => (i * stride) - 1)];
    }

    private sealed class LcmPlan(SchedulerConfig config, int[] timesteps, NoiseLevel[] levels)
        : SamplingPlan([.. timesteps.Select(t => (double)t)], [.. levels.Select(level => level.Ratio)], levels[0], initialNoiseSigma: 1)
    {
        public override Sampler Start(Func<Tensor> noise) => new LcmSampler(config, this, levels, noise);
    }

    private sealed class LcmSampler(SchedulerConfig config, SamplingPlan plan, NoiseLevel[] levels, Func<Tensor> noise) : Sampler
    {
        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var predicted = levels[step].ToClean(config.PredictionType, latent, modelOutput);
            if (config.ClipSampleRange is { } range)
            {
                predicted.clamp_(-range, range);
            }

            var clean = MeetBoundary(predicted, latent, plan.Timesteps[step]);
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
