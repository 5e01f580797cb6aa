using DiffusionX.Strength;

namespace DiffusionX.Training.StrengthLabels;

/// <summary>What was measured for a pair.</summary>
/// <param name="Pair">The pair.</param>
/// <param name="Seed">The seed of its start; its redrawn pictures have the ones after it.</param>
/// <param name="StartScore">The CLIP score of the start against the prompt.</param>
/// <param name="Scores">The mean CLIP score of each of <see cref="StrengthRange.Labels"/>.</param>
/// <param name="Noise">The standard error of such a mean, averaged over the strengths; NaN for one picture.</param>
internal sealed record StrengthLabel(StrengthPair Pair, long Seed, double StartScore, IReadOnlyList<double> Scores, double Noise)
{
    /// <summary>The label.</summary>
    /// <param name="rule">How it is chosen.</param>
    /// <param name="drawn">How its pictures were drawn, which tells how many steps a strength takes.</param>
    /// <param name="tolerance">ε: how much lower than the highest a score may be and still come close enough; of no account for
    /// <see cref="StrengthRule.BestScore"/>.</param>
    public double Strength(StrengthRule rule, StrengthLabelOptions drawn, double tolerance = 0.005)
    {
        ArgumentNullException.ThrowIfNull(drawn);
        var least = Scores.Max() - (rule == StrengthRule.BestScore ? 0 : tolerance);
        var close = StrengthRange.Labels.Zip(Scores).Where(each => each.Second >= least);
        return rule == StrengthRule.FewestSteps
            ? close.GroupBy(each => drawn.StepsTaken(each.First)).MinBy(alike => alike.Key)!.MaxBy(each => each.Second).First
            : close.First().First;
    }
}
