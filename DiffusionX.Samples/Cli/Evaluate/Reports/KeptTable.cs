using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Quality;

namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>How much of what was right each system keeps: from the accepted draft to the last picture, and from round to round.</summary>
internal static class KeptTable
{
    /// <param name="kept">The systems' figures, the cloud alone among them.</param>
    public static IReadOnlyList<ReportTable> Of(IReadOnlyList<KeptMetrics> kept)
    {
        var floor = kept.First(metrics => metrics.System == SessionSystems.Baseline);
        return [.. floor.Finals.Keys.Select(scorer => Of(kept, floor, scorer)), Previews(kept, floor)];
    }

    private static ReportTable Of(IReadOnlyList<KeptMetrics> kept, KeptMetrics floor, string scorer) => new(
        $"Kept, by {scorer}",
        ["system", "of the draft in the last picture [95 %]", "to cloud only [95 %]", "N", "less than half of a draft that was right", "of a round in the next [95 %]"],
        [.. kept.Select(metrics => Row(metrics, floor, scorer))]);

    private static IReadOnlyList<string> Row(KeptMetrics metrics, KeptMetrics floor, string scorer)
    {
        var own = metrics.Finals[scorer];
        var lost = metrics.DraftWasRight is { } right ? own.Zip(right).Count(pair => pair.Second && pair.First < 0.5f) : (long?)null;
        return
        [
            metrics.System, Figure.Of(Mean(own), 3), Figure.Of(PairedDifference.Of(own, floor.Finals[scorer]), 3), Figure.Of((long)own.Count(value => !float.IsNaN(value))),
            Figure.Of(lost), Figure.Of(Mean(metrics.Rounds[scorer]), 3),
        ];
    }

    private static ReportTable Previews(IReadOnlyList<KeptMetrics> kept, KeptMetrics floor) => new(
        "Previews: judged fidelity of all rounds",
        ["system", "judged fidelity [95 %]", "to cloud only [95 %]"],
        [.. kept.Where(metrics => metrics.PreviewFidelities is not null).Select(metrics => new[]
        {
            metrics.System, Figure.Of(Mean(metrics.PreviewFidelities!), 3), Figure.Of(PairedDifference.Of(metrics.PreviewFidelities!, floor.PreviewFidelities!), 3),
        })]);

    private static Estimate? Mean(float[] values)
    {
        float[] known = [.. values.Where(value => !float.IsNaN(value))];
        return known.Length == 0 ? null : new Bootstrap().Percentile(known.Length, numbers => numbers.Average(i => (double)known[i]));
    }
}
