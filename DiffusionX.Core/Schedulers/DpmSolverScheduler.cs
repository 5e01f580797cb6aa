using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>DPM-Solver++, multistep, of the first or second order: Lu et al., "DPM-Solver++", 2022, algorithm 2 and equation 9.</summary>
internal sealed class DpmSolverScheduler(SchedulerConfig config) : Scheduler(config)
{
    // Below so many steps, the last one is of the first order.
    private const int FewSteps = 15;

    private protected override SamplingPlan PlanChecked(int steps, double strength)
    {
        var (timesteps, ratios) = Config.UseKarrasSigmas ? KarrasTimesteps(steps) : PlainTimesteps(steps);
        var last = Config.FinalSigmaZero ? 0 : Noise.Ratio(0);
        NoiseLevel[] levels = [.. ratios.Append(last).Select(NoiseLevel.OfRatio)];
        bool[] firstOrder = [.. Enumerable.Range(0, timesteps.Length).Select(step => IsFirstOrder(step, timesteps.Length))];
        var skipped = Skipped(steps, strength);
        return new DpmPlan(Config, timesteps[skipped..], levels[skipped..], firstOrder[skipped..]);
    }

    private (double[] Timesteps, double[] Ratios) PlainTimesteps(int steps)
    {
        double[] timesteps = Config.Spacing switch
        {
            TimestepSpacing.Leading => TimestepGrid.Leading(Noise.Count, steps + 1, steps, Config.StepsOffset),
            TimestepSpacing.Trailing => TimestepGrid.Trailing(Noise.Count, steps),
            _ => TimestepGrid.RoundedLinspace(Noise.Count, steps + 1)[..steps],
        };
        return (timesteps, [.. timesteps.Select(Noise.Ratio)]);
    }

    private (double[] Timesteps, double[] Ratios) KarrasTimesteps(int steps)
    {
        var ratios = KarrasSigmas.Between(Noise.Ratio(Noise.Count - 1), Noise.Ratio(0), steps);
        return ([.. ratios.Select(ratio => Math.Round(Noise.TimestepOf(ratio)))], ratios);
    }

    // Looks at the whole schedule's length, also where a run takes only the end of it.
    private bool IsFirstOrder(int step, int length) =>
        Config.SolverOrder == 1
        || (step == length - 1 && (Config.EulerAtFinal || Config.FinalSigmaZero || (Config.LowerOrderFinal && length < FewSteps)));

    private sealed class DpmPlan(SchedulerConfig config, double[] timesteps, NoiseLevel[] levels, bool[] firstOrder)
        : SamplingPlan(timesteps, [.. levels[..^1].Select(level => level.Ratio)], levels[0], initialNoiseSigma: 1)
    {
        public override bool TakesUnevenSteps => true;

        public override Sampler Start(Func<Tensor> noise) => new DpmSampler(config, levels, firstOrder);
    }

    private sealed class DpmSampler(SchedulerConfig config, NoiseLevel[] levels, bool[] firstOrder) : Sampler
    {
        private int? previous;

        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var (here, there) = (levels[step], levels[next]);
            var clean = here.ToClean(config.PredictionType, latent, modelOutput);
            var width = there.Lambda - here.Lambda;
            // Between the two levels the clean latent counts by this much.
            var share = there.Alpha * (1 - Math.Exp(-width));
            var result = (latent * (there.Sigma / here.Sigma)).add_(clean * share);
            if (previous is { } earlier && !IsFirstOrder(step, next))
            {
                result.add_(Curve(clean, there, share, width, (here.Lambda - levels[earlier].Lambda) / width));
            }

            previous = step;
            return (clean, result);
        }

        // A last step that leaves out others is long, as the last one of a short schedule is.
        private bool IsFirstOrder(int step, int next) => firstOrder[next - 1] || (next == firstOrder.Length && next > step + 1);

        // The second order's part, from how the expected clean latent changed since the last step.
        private Tensor Curve(Tensor clean, NoiseLevel there, double share, double width, double ratio)
        {
            var factor = config.HeunSolver ? there.Alpha * (((Math.Exp(-width) - 1) / width) + 1) : 0.5 * share;
            return (clean - Expected).mul_(factor / ratio);
        }
    }
}
