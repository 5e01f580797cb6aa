using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>
/// Euler's method with ancestral sampling: each step goes further down than the next noise level, and fresh noise brings it back up
/// (k-diffusion's sample_euler_ancestral).
/// </summary>
internal sealed class EulerAncestralScheduler(SchedulerConfig config) : VarianceExplodingScheduler(config)
{
    private protected override SigmaSpacing SigmaSpacing => SigmaSpacing.Timesteps;

    private protected override SamplingPlan Plan(double[] timesteps, double[] sigmas, double initialNoiseSigma) =>
        new(timesteps, sigmas[..^1], new NoiseLevel(1, sigmas[0]), noise => new EulerAncestralSampler(Config, sigmas, noise))
        {
            TakesUnevenSteps = true,
            AddsNoise = true,
            InitialNoiseSigma = initialNoiseSigma,
        };

    private sealed class EulerAncestralSampler(SchedulerConfig config, double[] sigmas, Func<Tensor> noise)
        : VarianceExplodingSampler(config, sigmas)
    {
        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var (from, to) = ((float)sigmas[step], (float)sigmas[next]);
            // diffusers computes these in single precision, and from the σ of zero terminal SNR it shows.
            var up = MathF.Sqrt(to * to * ((from * from) - (to * to)) / (from * from));
            var down = MathF.Sqrt(MathF.Max(0, (to * to) - (up * up)));
            var clean = ToClean(modelOutput, latent, from);
            var slope = (latent - clean).div_(from);
            var result = latent + slope.mul_(down - from);
            return (clean, to == 0 ? result : result.add_(noise() * up));
        }
    }
}
