using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>
/// UniPC, predicting the clean latent: Zhao et al., "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models",
/// 2023, algorithms 5 and 6. Each step first corrects the latent that the last one predicted, by what the model says there; it costs no
/// further call.
/// </summary>
internal sealed class UniPCScheduler(SchedulerConfig config) : Scheduler(config)
{
    private protected override SamplingPlan PlanChecked(int steps, double strength)
    {
        var whole = MultistepGrid.Of(Config, Noise, steps, Noise.Count);
        var skipped = Skipped(steps, strength);
        var grid = whole.From(skipped);
        return new SamplingPlan(grid.Timesteps, grid.Sigmas, grid.Levels[0], _ => new UniPCSampler(Config, grid.Levels, skipped))
        {
            TakesUnevenSteps = true,
        };
    }

    private sealed class UniPCSampler(SchedulerConfig config, NoiseLevel[] levels, int skipped) : Sampler
    {
        private readonly MultistepHistory history = new(config.SolverOrder);
        private Tensor? lastLatent;
        private int lastStep;
        private int lastOrder;

        private int Count => levels.Length - 1;

        protected override void Dispose(bool disposing)
        {
            history.Dispose();
            lastLatent?.Dispose();
            base.Dispose(disposing);
        }

        private protected override (Tensor Clean, Tensor Next) Advance(Tensor modelOutput, Tensor latent, int step, int next)
        {
            var clean = levels[step].ToClean(config.PredictionType, latent, modelOutput);
            var corrected = Correct(latent, clean, step);
            history.Add(clean.alias(), levels[step].Lambda);
            var order = Math.Min(Order(next), history.Count);
            var predicted = Update(corrected, levels[step], levels[next], order, correction: null);
            Remember(ref lastLatent, corrected.alias());
            (lastStep, lastOrder) = (step, order);
            return (clean, predicted);
        }

        private int Order(int next)
        {
            var left = next == Count ? 1 : Count - next + 1;
            var lowers = config.LowerOrderFinal || levels[next].Sigma == 0;
            return lowers ? Math.Min(config.SolverOrder, left) : config.SolverOrder;
        }

        private Tensor Correct(Tensor latent, Tensor clean, int step) =>
            lastLatent is null || config.DisabledCorrectors.Contains(skipped + step - 1)
                ? latent
                : Update(lastLatent, levels[lastStep], levels[step], lastOrder, clean);

        // One step of the B(h) versions of UniP, and with a correction of UniC.
        private Tensor Update(Tensor latent, NoiseLevel here, NoiseLevel there, int order, Tensor? correction)
        {
            var width = there.Lambda - here.Lambda;
            if (width < LeastWidth)
            {
                return latent.alias();
            }

            var growth = Math.Exp(-width) - 1;
            var result = (latent * (there.Sigma / here.Sigma)).sub_(history[0] * (there.Alpha * growth));
            var scale = config.UniPCSolver == UniPCSolver.Bh1 ? -width : growth;
            var outputs = Enumerable.Range(1, order - 1)
                .Select(back => (Place: (history.Lambda(back) - history.Lambda(0)) / width, Clean: history[back]))
                .ToList();
            if (correction is not null)
            {
                outputs.Add((1, correction));
            }

            var weights = Weights([.. outputs.Select(output => output.Place)], width, scale);
            foreach (var ((place, clean), weight) in outputs.Zip(weights))
            {
                result.sub_((clean - history[0]).mul_(there.Alpha * scale * weight / place));
            }

            return result;
        }

        // How much the difference at each of the places counts, in widths of the step: the solution of the order conditions
        // Σ weight·place^i = value.
        private static double[] Weights(double[] places, double width, double scale)
        {
            // Of one place alone, the paper's own code and diffusers take a half.
            if (places.Length <= 1)
            {
                return [.. places.Select(_ => 0.5)];
            }

            var values = new double[places.Length];
            var (phi, factorial) = (((Math.Exp(-width) - 1) / -width) - 1, 1.0);
            for (var i = 0; i < places.Length; i++)
            {
                values[i] = phi * factorial / scale;
                factorial *= i + 2;
                phi = (phi / -width) - (1 / factorial);
            }

            return SolveVandermonde(places, values);
        }

        // Björck and Pereyra, "Solution of Vandermonde Systems of Equations", 1970; in the place of the values
        private static double[] SolveVandermonde(double[] places, double[] values)
        {
            var last = values.Length - 1;
            for (var k = 0; k < last; k++)
            {
                for (var i = last; i > k; i--)
                {
                    values[i] -= places[k] * values[i - 1];
                }
            }

            for (var k = last - 1; k >= 0; k--)
            {
                for (var i = k + 1; i <= last; i++)
                {
                    values[i] /= places[i] - places[i - k - 1];
                }

                for (var i = k; i < last; i++)
                {
                    values[i] -= values[i + 1];
                }
            }

            return values;
        }
    }
}
