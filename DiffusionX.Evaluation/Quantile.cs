namespace DiffusionX.Evaluation;

/// <summary>Quantiles of samples, linear between neighbours as NumPy's are.</summary>
internal static class Quantile
{
    /// <summary>The number that a share of the samples does not exceed.</summary>
    /// <param name="samples">In any order.</param>
    /// <param name="share">From 0 (the smallest) to 1 (the largest).</param>
    /// <exception cref="EvaluationException">There are no samples.</exception>
    public static double Of(IEnumerable<double> samples, double share)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        double[] sorted = [.. samples.Order()];
        if (sorted.Length == 0)
        {
            throw new EvaluationException("A quantile takes at least 1 sample, and there are none.");
        }

        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
