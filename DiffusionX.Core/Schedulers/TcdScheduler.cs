using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>
/// Strategic stochastic sampling: each step jumps to a latent with less noise than the next timestep's, then puts the rest back (Zheng et
/// al., 2024, algorithm 4).
/// </summary>
internal sealed class TcdScheduler(SchedulerConfig config) : Scheduler(config)
{
    // γ, the paper's; diffusers calls it eta.
    private const double Gamma = 0.3;

    private protected override SamplingPlan PlanChecked(int steps, double strength)
    {
        var timesteps = TimestepGrid.Distilled(Config, steps, strength);
        NoiseLevel[] levels = [.. timesteps.Select(Noise.Level)];
        return new SamplingPlan(
            [.. timesteps.Select(timestep => (double)timestep)],
            [.. timesteps.Select(timestep => Noise.Ratio(timestep))],
            levels[0],
            noise => new TcdSampler(Config, levels, [.. timesteps.Skip(1).Append(0).Select(LevelToJumpTo)], noise))
        {
            AddsNoise = true,
        };
    }

    // The product is diffusers', in single precision.
    private NoiseLevel LevelToJumpTo(int next) => Noise.Level((int)MathF.Floor((float)(1 - Gamma) * next));

    private sealed class TcdSampler(SchedulerConfig config, NoiseLevel[] levels, NoiseLevel[] jumpLevels, Func<Tensor> noise) : Sampler
    {
        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var clean = levels[step].ToClean(config.PredictionType, latent, modelOutput);
            var jumped = jumpLevels[step].Mix(clean, levels[step].ToNoise(config.PredictionType, latent, modelOutput));
            if (step == levels.Length - 1)
            {
                return (clean, jumped);
            }

            var stays = levels[step + 1].Alpha / jumpLevels[step].Alpha;
            return (clean, new NoiseLevel(stays, Math.Sqrt(1 - (stays * stays))).Mix(jumped, noise()));
        }
    }
}
