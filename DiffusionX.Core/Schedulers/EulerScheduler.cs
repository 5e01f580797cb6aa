using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>
/// Euler's method on the probability flow, in the scale in which noise explodes: x = x₀ + σ·ε (Karras et al., 2022, algorithm 1, without churn).
/// </summary>
internal sealed class EulerScheduler(SchedulerConfig config) : Scheduler(config)
{
    private protected override SamplingPlan PlanChecked(int steps, double strength)
    {
        double[] timesteps = Timesteps(steps);
        double[] sigmas = [.. timesteps.Select(Noise.Ratio)];
        if (Config.UseKarrasSigmas)
        {
            sigmas = KarrasSigmas.Between(sigmas[0], sigmas[^1], sigmas.Length);
            timesteps = [.. sigmas.Select(Noise.TimestepOf)];
        }

        var highest = sigmas.Max();
        var initial = Config.Spacing == TimestepSpacing.Leading ? Math.Sqrt((highest * highest) + 1) : highest;
        var skipped = Skipped(steps, strength);
        return new EulerPlan(Config, timesteps[skipped..], [.. sigmas.Skip(skipped), 0], initial);
    }

    private double[] Timesteps(int steps) => Config.Spacing switch
    {
        TimestepSpacing.Leading => TimestepGrid.Leading(Noise.Count, steps, steps, Config.StepsOffset),
        TimestepSpacing.Trailing => TimestepGrid.Trailing(Noise.Count, steps),
        _ => TimestepGrid.Linspace(Noise.Count, steps),
    };

    private sealed class EulerPlan(SchedulerConfig config, double[] timesteps, double[] sigmas, double initialNoiseSigma)
        : SamplingPlan(timesteps, sigmas[..^1], new NoiseLevel(1, sigmas[0]), initialNoiseSigma)
    {
        public override bool TakesUnevenSteps => true;

        public override Sampler Start(Func<Tensor> noise) => new EulerSampler(config, sigmas);
    }

    private sealed class EulerSampler(SchedulerConfig config, double[] sigmas) : Sampler
    {
        public override Tensor ScaleModelInput(Tensor latent, int step) => latent * NoiseLevel.OfRatio(sigmas[step]).Alpha;

        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var sigma = sigmas[step];
            var clean = ToClean(modelOutput, latent, sigma);
            var slope = (latent - clean).div_(sigma);
            return (clean, latent + slope.mul_(sigmas[next] - sigma));
        }

        private Tensor ToClean(Tensor modelOutput, Tensor latent, double sigma)
        {
            // The model knows the latent at the scale at which its variance is preserved.
            var preserving = NoiseLevel.OfRatio(sigma);
            return config.PredictionType switch
            {
                PredictionType.Epsilon => latent - (modelOutput * sigma),
                PredictionType.VPrediction => (latent * (preserving.Alpha * preserving.Alpha)).sub_(modelOutput * preserving.Sigma),
                _ => modelOutput.clone(),
            };
        }
    }
}
