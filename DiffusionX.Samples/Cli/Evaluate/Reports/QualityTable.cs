using DiffusionX.Evaluation.Quality;

namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>Figures of quality, each with what it was taken with.</summary>
internal static class QualityTable
{
    private static readonly string[] Columns = ["measure", "value [95 %]", "N", "reference N", "model", "resize"];

    public static ReportTable Of(QualityMetrics figures) => new(figures.Source, Columns, [.. Rows(figures)]);

    private static IEnumerable<string[]> Rows(QualityMetrics figures)
    {
        var count = Figure.Of((long)figures.Count);
        if (figures.FrechetDistance is { } distance)
        {
            yield return ["Fréchet distance", Figure.Of(distance, 3), count, Figure.Of(figures.ReferenceCount), figures.Features!, figures.FeaturesResize!];
        }

        if (figures.InceptionScore is { } score)
        {
            yield return ["Inception Score", $"{Figure.Of(score, 3)}, deviation {Figure.Of(figures.InceptionDeviation, 3)}", count, Figure.None, figures.Features!, figures.FeaturesResize!];
        }

        if (figures.ClipScore is { } cosine)
        {
            yield return ["CLIP score, mean cosine", Figure.Of(cosine, 4), count, Figure.None, figures.Clip!, figures.ClipResize!];
        }

        if (figures.Fidelity is { } fidelity)
        {
            yield return ["judged fidelity", Figure.Of(fidelity, 3), count, Figure.None, figures.Judge!, figures.JudgeResize!];
        }
    }
}
