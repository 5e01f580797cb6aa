using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Latency;
using DiffusionX.Evaluation.Quality;

namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>How much better each system's last pictures are than those that the cloud alone drew for the same sessions.</summary>
internal static class PairedQualityTable
{
    private static readonly string[] Columns = ["system", "N", "CLIP score, to cloud only [95 %]", "judged fidelity, to cloud only [95 %]"];

    public static ReportTable Of(LatencyResult latency, IReadOnlyDictionary<string, QualityMetrics> quality) => new(
        "Quality beside the cloud alone, session by session",
        Columns,
        [.. latency.Systems.Where(system => system.System != SessionSystems.Baseline).Select(system => Row(system, quality[system.System], quality[SessionSystems.Baseline]))]);

    private static IReadOnlyList<string> Row(SystemLatency system, QualityMetrics own, QualityMetrics baseline) =>
    [
        system.System, Figure.Of(own.Count), Figure.Of(Difference(own.ClipScores, baseline.ClipScores), 4), Figure.Of(Difference(own.Fidelities, baseline.Fidelities), 3),
    ];

    private static Estimate? Difference(IReadOnlyList<float>? own, IReadOnlyList<float>? others) => own is null || others is null ? null : PairedDifference.Of(own, others);
}
