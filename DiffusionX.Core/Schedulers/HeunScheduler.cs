using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>
/// Heun's method (Karras et al., 2022, algorithm 1, without churn): a step of Euler's, then the same step again with the mean of the slopes
/// at both of its ends. Each of the two is a step of the plan, so that every timestep but the first comes twice; the last step, to no
/// noise, is Euler's alone.
/// </summary>
internal sealed class HeunScheduler(SchedulerConfig config) : VarianceExplodingScheduler(config)
{
    private protected override SamplingPlan Plan(double[] timesteps, double[] sigmas, double initialNoiseSigma)
    {
        var doubled = Twice(sigmas[..^1]);
        double[] withEnd = [.. doubled, sigmas[^1]];
        return new SamplingPlan(Twice(timesteps), doubled, new NoiseLevel(1, sigmas[0]), _ => new HeunSampler(Config, withEnd))
        {
            InitialNoiseSigma = initialNoiseSigma,
        };
    }

    private static double[] Twice(double[] values) => [values[0], .. values.Skip(1).SelectMany(value => new[] { value, value })];

    private sealed class HeunSampler(SchedulerConfig config, double[] sigmas) : VarianceExplodingSampler(config, sigmas)
    {
        private readonly double? clipRange = config.ClipSampleRange;
        private Tensor? startLatent;
        private Tensor? startSlope;

        protected override void Dispose(bool disposing)
        {
            startLatent?.Dispose();
            startSlope?.Dispose();
            base.Dispose(disposing);
        }

        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var sigma = sigmas[step];
            var clean = Clip(ToClean(modelOutput, latent, sigma), clipRange);
            var slope = (latent - clean).div_(sigma);
            if (step % 2 == 1)
            {
                return (clean, startLatent! + (startSlope! + slope).mul_((sigma - sigmas[step - 1]) / 2));
            }

            Remember(ref startLatent, latent.alias());
            Remember(ref startSlope, slope);
            return (clean, latent + (slope * (sigmas[next] - sigma)));
        }
    }
}
