namespace DiffusionX.Evaluation;

/// <summary>
/// How far a figure depends on which samples there happened to be: it is computed again and again from as many samples, drawn from them
/// with replacement (Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979). The same seed gives the same interval.
/// </summary>
internal sealed record Bootstrap
{
    private const double Tail = 0.025;

    // Of the normal distribution, between which 95 % of it lies.
    private const double Deviations = 1.959963984540054;

    /// <summary>How often to draw, at least 2.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>The seed of the draws.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The interval that the middle 95 % of the redrawn figures span: for means, quantiles and their ratios.</summary>
    /// <param name="count">How many samples there are.</param>
    /// <param name="statistic">The figure of the samples with these numbers.</param>
    /// <param name="cancellationToken">Stops before the next draw.</param>
    /// <exception cref="EvaluationException">There are no samples, or fewer than 2 draws were asked for.</exception>
    public Estimate Percentile(int count, Func<int[], double> statistic, CancellationToken cancellationToken = default)
    {
        var (value, redrawn) = Draw(count, statistic, cancellationToken);
        return new Estimate(value, Quantile.Of(redrawn, Tail), Quantile.Of(redrawn, 1 - Tail));
    }

    /// <summary>
    /// The figure, give or take 1.96 standard deviations of the redrawn ones: for distances between distributions, which repeated samples
    /// bias, so that the redrawn figures do not lie around the figure itself.
    /// </summary>
    /// <inheritdoc cref="Percentile"/>
    public Estimate Normal(int count, Func<int[], double> statistic, CancellationToken cancellationToken = default)
    {
        var (value, redrawn) = Draw(count, statistic, cancellationToken);
        var mean = redrawn.Average();
        var margin = Deviations * Math.Sqrt(redrawn.Sum(figure => (figure - mean) * (figure - mean)) / (redrawn.Length - 1));
        return new Estimate(value, value - margin, value + margin);
    }

    private (double Value, double[] Redrawn) Draw(int count, Func<int[], double> statistic, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(statistic);
        if (count < 1 || Resamples < 2)
        {
            throw new EvaluationException($"An interval takes at least 1 sample and 2 draws, and there are {count} and {Resamples}.");
        }

        var random = new Random(Seed);
        var redrawn = new double[Resamples];
        for (var i = 0; i < redrawn.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            redrawn[i] = statistic(Numbers(random, count));
        }

        return (statistic([.. Enumerable.Range(0, count)]), redrawn);
    }

    private static int[] Numbers(Random random, int count)
    {
        var numbers = new int[count];
        for (var i = 0; i < count; i++)
        {
            numbers[i] = random.Next(count);
        }

        return numbers;
    }
}
