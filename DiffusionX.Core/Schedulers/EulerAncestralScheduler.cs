using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>Euler's method with ancestral sampling: each step goes further down than the next noise level, and fresh noise brings it back up (k-diffusion's sample_euler_ancestral).</summary>
internal sealed class EulerAncestralScheduler(SchedulerConfig config) : VarianceExplodingScheduler(config)
{
    private protected override SigmaSpacing SigmaSpacing => SigmaSpacing.Timesteps;

    private protected override SamplingPlan Plan(double[] timesteps, double[] sigmas, double initialNoiseSigma) =>
        new(timesteps, sigmas[..^1], Levels(sigmas[..^1]), noise => new EulerAncestralSampler(Config, sigmas, noise))
        {
            TakesUnevenSteps = true,
            AddsNoise = true,
            InitialNoiseSigma = initialNoiseSigma,
        };

    private sealed class EulerAncestralSampler(SchedulerConfig config, double[] sigmas, Func<Tensor> noise) : VarianceExplodingSampler(config, sigmas)
    {
        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var (from, to) = (sigmas[step], sigmas[next]);
            var clean = ToClean(modelOutput, latent, from);
            var slope = (latent - clean).div_(from);
            var result = latent + slope.mul_((to * to / from) - from);
            return (clean, to == 0 ? result : result.add_(noise() * (to * Math.Sqrt(1 - (to * to / (from * from))))));
        }
    }
}
