using DiffusionX.Evaluation.Latency;
using DiffusionX.Evaluation.Quality;

namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>
/// Every system with what its sessions cost and how good their last pictures are: what each part saves, and at which price.
/// </summary>
internal static class SystemsTable
{
    private static readonly string[] Columns =
        ["system", "s / session [95 %]", "to cloud only [95 %]", "edge steps", "cloud steps", "cloud busy s", "cloud busy, to cloud only", "CLIP score [95 %]", "judged fidelity [95 %]", "Fréchet distance [95 %]"];

    public static ReportTable Of(LatencyResult latency, IReadOnlyDictionary<string, QualityMetrics> quality) =>
        new("What each part saves and costs", Columns, [.. latency.Systems.Select(system => Row(system, quality[system.System]))]);

    private static IReadOnlyList<string> Row(SystemLatency system, QualityMetrics quality) =>
    [
        system.System, Figure.Of(system.Seconds, 3), Figure.Of(system.SecondsRatio, 3), Figure.Of(system.EdgeSteps, 1), Figure.Of(system.CloudSteps, 1),
        Figure.Of(system.CloudSeconds.Value, 3), Figure.Of(system.CloudRatio?.Value, 3),
        Figure.Of(quality.ClipScore, 4), Figure.Of(quality.Fidelity, 3), Figure.Of(quality.FrechetDistance, 2),
    ];
}
