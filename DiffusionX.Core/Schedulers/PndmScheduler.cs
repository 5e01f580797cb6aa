using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>
/// PNDM as Stable Diffusion was published with: the linear multistep method alone (<c>skip_prk_steps</c>). Its second timestep comes twice,
/// to correct the first step by an average; a run that starts later in the schedule makes that correction on its own second step, as
/// diffusers' does.
/// </summary>
internal sealed class PndmScheduler(SchedulerConfig config) : Scheduler(config)
{
    private protected override SamplingPlan PlanChecked(int steps, double strength)
    {
        var grid = WholeTimesteps(steps);
        double[] repeated = [grid[0], .. grid.Skip(1).Take(1), .. grid.Skip(1)];
        var timesteps = repeated[Skipped(steps, strength)..];
        var stride = Noise.Count / steps;
        int[] starts = [.. timesteps.Select((timestep, step) => (int)timestep + (step == 1 ? stride : 0))];
        PndmMove[] moves = [.. starts.Select(start => Move(start, start - stride))];
        return new SamplingPlan(
            timesteps, [.. timesteps.Select(Noise.Ratio)], Noise.Level((int)timesteps[0]), _ => new PndmSampler(Config, moves));
    }

    // Liu et al., 2022, equation 9
    private PndmMove Move(int from, int to)
    {
        var alphaFrom = Noise.AlphaCumprod(Math.Min(from, Noise.Count - 1));
        var alphaTo = to >= 0 ? Noise.AlphaCumprod(to) : Config.SetAlphaToOne ? 1 : Noise.AlphaCumprod(0);
        var denominator = (alphaFrom * Math.Sqrt(1 - alphaTo)) + Math.Sqrt(alphaFrom * (1 - alphaFrom) * alphaTo);
        return new PndmMove(NoiseLevel.OfAlphaCumprod(alphaFrom), Math.Sqrt(alphaTo / alphaFrom), (alphaTo - alphaFrom) / denominator);
    }

    /// <summary>next = LatentFactor·latent − NoiseFactor·ε.</summary>
    private readonly record struct PndmMove(NoiseLevel From, double LatentFactor, double NoiseFactor);

    private sealed class PndmSampler(SchedulerConfig config, PndmMove[] moves) : Sampler
    {
        private readonly MultistepHistory outputs = new(4);
        private Tensor? firstLatent;

        protected override void Dispose(bool disposing)
        {
            outputs.Dispose();
            firstLatent?.Dispose();
            base.Dispose(disposing);
        }

        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var corrects = step == 1;
            if (step == 0)
            {
                Remember(ref firstLatent, latent.clone());
            }

            var direction = corrects ? (modelOutput + outputs[0]).div_(2) : Extrapolate(modelOutput);
            var from = corrects ? firstLatent! : latent;
            var move = moves[step];
            var noise = move.From.ToNoise(config.PredictionType, from, direction);
            var clean = move.From.ToClean(PredictionType.Epsilon, from, noise);
            return (clean, (from * move.LatentFactor).sub_(noise * move.NoiseFactor));
        }

        // Adams-Bashforth of as high an order as there is history for
        private Tensor Extrapolate(Tensor output)
        {
            outputs.Add(output.clone());
            return outputs.Count switch
            {
                1 => output.alias(),
                2 => ((outputs[0] * 3) - outputs[1]).div_(2),
                3 => ((outputs[0] * 23) - (outputs[1] * 16) + (outputs[2] * 5)).div_(12),
                _ => ((outputs[0] * 55) - (outputs[1] * 59) + (outputs[2] * 37) - (outputs[3] * 9)).div_(24),
            };
        }
    }
}
