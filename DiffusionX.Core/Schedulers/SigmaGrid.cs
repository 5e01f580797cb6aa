namespace DiffusionX.Schedulers;

/// <summary>Noise levels σ/α that are spaced by themselves, and not as the timesteps are.</summary>
internal static class SigmaGrid
{
    private const double KarrasRho = 7;

    // The two parameters of the beta distribution
    private const double BetaShape = 0.6;
    private const int BetaTerms = 60;

    /// <summary>
    /// <paramref name="count"/> levels from <paramref name="highest"/> to <paramref name="lowest"/>, falling; of one, the highest.
    /// </summary>
    /// <exception cref="SchedulerException">The lowest is above the highest.</exception>
    public static double[] Between(SigmaSpacing spacing, double highest, double lowest, int count) => lowest > highest
        ? throw new SchedulerException($"The noise levels can't be spaced from {highest:G4} down to {lowest:G4} (sigma_max and sigma_min).")
        : [.. Enumerable.Range(0, count).Select(i => count == 1 ? 0 : i / (count - 1.0)).Select(place => spacing switch
        {
            SigmaSpacing.Karras => Math.Pow(Between(Math.Pow(highest, 1 / KarrasRho), Math.Pow(lowest, 1 / KarrasRho), place), KarrasRho),
            SigmaSpacing.Exponential => Math.Exp(Between(Math.Log(highest), Math.Log(lowest), place)),
            SigmaSpacing.Beta => Between(lowest, highest, BetaQuantile(1 - place)),
            _ => throw new ArgumentOutOfRangeException(nameof(spacing), spacing, "Not a spacing of noise levels."),
        })];

    private static double Between(double start, double end, double place) => start + ((end - start) * place);

    // The distribution is symmetrical. Its lower half is found by bisection.
    private static double BetaQuantile(double share)
    {
        if (share > 0.5)
        {
            return 1 - BetaQuantile(1 - share);
        }

        var wanted = 2 * share * LowerBetaIntegral(0.5);
        var (low, high) = (0.0, 0.5);
        for (var middle = 0.25; low < middle && middle < high; middle = (low + high) / 2)
        {
            (low, high) = LowerBetaIntegral(middle) < wanted ? (middle, high) : (low, middle);
        }

        return low;
    }

    // ∫ t^(a−1)·(1−t)^(a−1) from 0 to x: the binomial series of the second factor, term by term
    private static double LowerBetaIntegral(double x)
    {
        var (sum, coefficient) = (0.0, Math.Pow(x, BetaShape));
        for (var n = 0; n < BetaTerms; n++)
        {
            sum += coefficient / (BetaShape + n);
            coefficient *= x * (n + 1 - BetaShape) / (n + 1);
        }

        return sum;
    }
}
