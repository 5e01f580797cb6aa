namespace DiffusionX.Evaluation.Quality;

/// <summary>
/// How much better one system's pictures are than another's of the same prompts: the mean of the differences, picture by picture. Some
/// prompts are harder than others, which moves both means alike, and is no part of their difference.
/// </summary>
internal static class PairedDifference
{
    /// <summary>The mean difference.</summary>
    /// <param name="own">A figure of each picture; NaN where there is none.</param>
    /// <param name="others">The other system's, in the same order.</param>
    /// <param name="bootstrap">Draws the interval; null for the default settings.</param>
    /// <returns>Null where no prompt has both figures.</returns>
    /// <exception cref="EvaluationException">There are not as many of them.</exception>
    public static Estimate? Of(IReadOnlyList<float> own, IReadOnlyList<float> others, Bootstrap? bootstrap = null)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(others);
        if (own.Count != others.Count)
        {
            throw new EvaluationException($"Pictures of the same prompts are compared one by one, but there are {own.Count} and {others.Count}.");
        }

        double[] differences = [.. own.Zip(others, (mine, other) => (double)mine - other).Where(difference => !double.IsNaN(difference))];
        return differences.Length == 0 ? null : (bootstrap ?? new Bootstrap()).Percentile(differences.Length, numbers => numbers.Average(i => differences[i]));
    }
}
