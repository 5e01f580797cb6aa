using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>Euler's method on the probability flow (Karras et al., 2022, algorithm 1, without churn and correction).</summary>
internal sealed class EulerScheduler(SchedulerConfig config) : VarianceExplodingScheduler(config)
{
    private protected override SamplingPlan Plan(double[] timesteps, double[] sigmas, double initialNoiseSigma) =>
        new(timesteps, sigmas[..^1], Levels(sigmas[..^1]), _ => new EulerSampler(Config, sigmas))
        {
            TakesUnevenSteps = true,
            InitialNoiseSigma = initialNoiseSigma,
        };

    private sealed class EulerSampler(SchedulerConfig config, double[] sigmas) : VarianceExplodingSampler(config, sigmas)
    {
        internal override IReadOnlyList<(Tensor Output, double Lambda)>? Memory => [];

        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var sigma = sigmas[step];
            var clean = ToClean(modelOutput, latent, sigma);
            var slope = (latent - clean).div_(sigma);
            return (clean, latent + slope.mul_(sigmas[next] - sigma));
        }
    }
}
