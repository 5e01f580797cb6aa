using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Quality;

namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>What a precision changes, beside float32.</summary>
internal static class PrecisionTable
{
    private const double Worst = 0.05;

    private static readonly string[] Columns = ["measure", "mean [95 %]", "5th percentile"];

    public static ReportTable Of(string title, PrecisionFigures figures) => new(title, Columns, [.. Rows(figures)]);

    private static IEnumerable<string[]> Rows(PrecisionFigures figures)
    {
        yield return Ratios("PSNR of latents, dB", figures.LatentRatios);
        yield return Ratios("PSNR of pictures, dB", figures.PictureRatios);
        if (figures is { ExactScores: { } exact, RoundedScores: { } rounded })
        {
            yield return ["judged fidelity in float32", Figure.Of(Mean(exact), 4), Figure.None];
            yield return ["judged fidelity in the other", Figure.Of(Mean(rounded), 4), Figure.None];
            yield return ["difference, picture by picture", Figure.Of(PairedDifference.Of(rounded, exact), 4), Figure.None];
        }
    }

    // Pictures that are the same have no finite ratio; they count as the best of the others.
    private static string[] Ratios(string name, IReadOnlyList<double> ratios)
    {
        double[] finite = [.. ratios.Where(double.IsFinite)];
        if (finite.Length == 0)
        {
            return [name, "the same", "the same"];
        }

        var best = finite.Max();
        double[] all = [.. ratios.Select(ratio => Math.Min(ratio, best))];
        return [name, Figure.Of(new Bootstrap().Percentile(all.Length, numbers => numbers.Average(i => all[i])), 1), Figure.Of(Quantile.Of(all, Worst), 1)];
    }

    private static double? Mean(IReadOnlyList<float> scores)
    {
        double[] known = [.. scores.Where(score => !float.IsNaN(score)).Select(score => (double)score)];
        return known.Length == 0 ? null : known.Average();
    }
}
