using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>A solver in the scale in which noise explodes, x = x₀ + σ·ε (Karras et al., 2022): Euler, Euler ancestral, Heun.</summary>
internal abstract class VarianceExplodingScheduler(SchedulerConfig config) : Scheduler(config)
{
    private protected sealed override SamplingPlan PlanChecked(int steps, double strength)
    {
        var timesteps = Config.Spacing == TimestepSpacing.Linspace ? TimestepGrid.Linspace(Noise.Count, steps) : WholeTimesteps(steps);
        double[] sigmas = [.. timesteps.Select(Noise.Ratio)];
        if (SigmaSpacing != SigmaSpacing.Timesteps)
        {
            sigmas = SigmaGrid.Between(SigmaSpacing, Config.SigmaMax ?? sigmas[0], Config.SigmaMin ?? sigmas[^1], steps);
            timesteps = [.. sigmas.Select(Noise.TimestepOf)];
        }

        // diffusers keeps them in single precision. Next to the 4096 of zero terminal SNR the rest of a double is seen in the difference.
        sigmas = [.. sigmas.Select(sigma => (double)(float)sigma)];
        var initial = Config.Spacing == TimestepSpacing.Leading ? Math.Sqrt((sigmas[0] * sigmas[0]) + 1) : sigmas[0];
        var skipped = Skipped(steps, strength);
        return Plan(timesteps[skipped..], [.. sigmas[skipped..], Config.FinalSigmaZero ? 0 : Noise.Ratio(0)], initial);
    }

    /// <summary>How the noise levels are spaced; a solver that knows no other way goes by the timesteps.</summary>
    private protected virtual SigmaSpacing SigmaSpacing => Config.SigmaSpacing;

    /// <param name="timesteps">The timesteps of the run.</param>
    /// <param name="sigmas">The noise at each, and at the end.</param>
    /// <param name="initialNoiseSigma">For <see cref="SamplingPlan.InitialNoiseSigma"/>.</param>
    private protected abstract SamplingPlan Plan(double[] timesteps, double[] sigmas, double initialNoiseSigma);
}

/// <summary>The run of such a solver. The model knows the latent in the scale in which its variance is preserved.</summary>
/// <param name="config">The settings.</param>
/// <param name="sigmas">The noise at each step.</param>
internal abstract class VarianceExplodingSampler(SchedulerConfig config, IReadOnlyList<double> sigmas) : Sampler
{
    public override Tensor ScaleModelInput(Tensor latent, int step) => latent * NoiseLevel.OfRatio(sigmas[step]).Alpha;

    private protected Tensor ToClean(Tensor modelOutput, Tensor latent, double sigma)
    {
        var preserving = NoiseLevel.OfRatio(sigma);
        return config.PredictionType switch
        {
            PredictionType.Epsilon => latent - (modelOutput * sigma),
            PredictionType.VPrediction => (latent * (preserving.Alpha * preserving.Alpha)).sub_(modelOutput * preserving.Sigma),
            _ => modelOutput.clone(),
        };
    }
}
