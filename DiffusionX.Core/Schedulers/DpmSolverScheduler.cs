using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>
/// DPM-Solver++, multistep, of the first to the third order, and of the stochastic process to the second: Lu et al., "DPM-Solver++", 2022,
/// algorithm 2, equation 9 and appendix; the third order is of Lu et al., "DPM-Solver", 2022.
/// </summary>
internal sealed class DpmSolverScheduler(SchedulerConfig config) : Scheduler(config)
{
    // Of schedules of fewer steps, the last ones are of a lower order.
    private const int FewSteps = 15;

    private bool IsStochastic => Kind == SchedulerKind.DpmSolverPlusPlus2MSde;

    private protected override SamplingPlan PlanChecked(int steps, double strength)
    {
        var within = Noise.CountAbove(Config.LambdaMinClipped);
        if (steps > within)
        {
            throw new SchedulerException(
                $"{steps} steps were asked for; lambda_min_clipped ({Config.LambdaMinClipped}) leaves this model {within} timesteps.");
        }

        var whole = MultistepGrid.Of(Config, Noise, steps, within);
        var length = whole.Timesteps.Length;
        var skipped = Math.Min(Skipped(steps, strength), length - 1);
        var grid = whole.From(skipped);
        int[] orders = [.. Enumerable.Range(skipped, length - skipped).Select(step => HighestOrder(step, length))];
        Sampler Start(Func<Tensor> noise) => new DpmSolverSampler(Config, grid.Levels, orders, IsStochastic ? noise : null);
        return new SamplingPlan(grid.Timesteps, grid.Sigmas, grid.Levels, Start)
        {
            TakesUnevenSteps = true,
            AddsNoise = IsStochastic,
        };
    }

    // Looks at the whole schedule's length, also where a run takes only the end of it.
    private int HighestOrder(int step, int length)
    {
        var lowers = Config.LowerOrderFinal && length < FewSteps;
        if (step == length - 1 && (Config.EulerAtFinal || Config.FinalSigmaZero || lowers))
        {
            return 1;
        }

        return step == length - 2 && lowers ? Math.Min(2, Config.SolverOrder) : Config.SolverOrder;
    }

    private sealed class DpmSolverSampler(SchedulerConfig config, NoiseLevel[] levels, int[] orders, Func<Tensor>? noise) : Sampler
    {
        private readonly MultistepHistory history = new(config.SolverOrder);

        internal override IReadOnlyList<(Tensor Output, double Lambda)>? Memory => noise is null ? history.Steps : null;

        internal override void Recall(IReadOnlyList<(Tensor Output, double Lambda)> memory)
        {
            foreach (var (output, lambda) in memory.Reverse())
            {
                history.Add(output, lambda);
            }
        }

        protected override void Dispose(bool disposing)
        {
            history.Dispose();
            base.Dispose(disposing);
        }

        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var (here, there) = (levels[step], levels[next]);
            var clean = here.ToClean(config.PredictionType, latent, modelOutput);
            history.Add(clean.alias(), here.Lambda);
            var width = there.Lambda - here.Lambda;
            var order = Math.Min(history.Count, Order(step, next));
            return (clean, width < LeastWidth ? latent.alias() : Solve(latent, here, there, width, order));
        }

        // A last step that leaves out others is long, as the last one of a short schedule is.
        private int Order(int step, int next) => next == orders.Length && next > step + 1 ? 1 : orders[next - 1];

        private Tensor Solve(Tensor latent, NoiseLevel here, NoiseLevel there, double width, int order)
        {
            // Noise that is put back makes room for itself: the latent decays twice as fast.
            var decay = noise is null ? Math.Exp(-width) : Math.Exp(-2 * width);
            var stays = there.Sigma / here.Sigma * (noise is null ? 1 : Math.Exp(-width));
            var result = (latent * stays).add_(history[0] * (there.Alpha * (1 - decay)));
            if (order > 1)
            {
                AddCurve(result, there.Alpha, decay, noise is null ? width : 2 * width, width, order);
            }

            return noise is null || there.Sigma == 0 ? result : result.add_(noise() * (there.Sigma * Math.Sqrt(1 - decay)));
        }

        // What the higher orders add, from how the expected clean latent changed over the last steps.
        private void AddCurve(Tensor result, double alpha, double decay, double exponent, double width, int order)
        {
            var taylor = alpha * (((decay - 1) / exponent) + 1);
            var (nearer, farther) = (Slope(0, width), order > 2 ? Slope(1, width) : null);
            if (farther is null)
            {
                result.add_(nearer * (config.HeunSolver ? taylor : 0.5 * alpha * (1 - decay)));
                return;
            }

            var (first, second) = (StepWidth(0) / width, StepWidth(1) / width);
            var bend = nearer - farther;
            result.add_((nearer + (bend * (first / (first + second)))) * taylor);
            result.sub_(bend * (alpha * (((decay - 1 + width) / (width * width)) - 0.5) / (first + second)));
        }

        private double StepWidth(int back) => history.Lambda(back) - history.Lambda(back + 1);

        private Tensor Slope(int back, double width) => (history[back] - history[back + 1]).mul_(width / StepWidth(back));
    }
}
