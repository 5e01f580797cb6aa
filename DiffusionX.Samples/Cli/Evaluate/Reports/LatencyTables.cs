using DiffusionX.Evaluation.Latency;

namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>What sessions took, and what they would take elsewhere.</summary>
internal static class LatencyTables
{
    private const double KilobyteBytes = 1000;

    private static readonly string[] MeasuredColumns =
    [
        "system", "N", "s / session [95 %]", "p50", "p95", "to cloud only [95 %]", "first preview s [95 %]", "edge s", "cloud busy s [95 %]", "cloud busy, to cloud only [95 %]",
        "other s", "up kB", "down kB", "edge steps", "cloud steps", "J",
    ];

    public static IReadOnlyList<ReportTable> Of(LatencyResult result, IEnumerable<HardwareProfile> elsewhere) =>
        [Measured(result.Systems), Forecast(result), .. elsewhere.Select(hardware => Elsewhere(result, hardware)), Paper()];

    /// <summary>What was measured.</summary>
    public static ReportTable Measured(IReadOnlyList<SystemLatency> systems) => new("Measured on this machine", MeasuredColumns, [.. systems.Select(Row)]);

    /// <summary>The forecast for this machine, beside what was measured.</summary>
    public static ReportTable Forecast(LatencyResult result) => new(
        "T = e·(1 + (R − 1)·s) + c·s′ + link, from the step times of this machine",
        ["system", "s", "s′", "forecast s", "measured s", "forecast to measured"],
        [.. result.Systems.Select(system =>
        {
            var (edge, cloud) = Strengths(result, system);
            var forecast = Seconds(result, system, result.Here);
            return (IReadOnlyList<string>)[system.System, Figure.Of(edge), Figure.Of(cloud), Figure.Of(forecast, 3), Figure.Of(system.Seconds.Value, 3), Difference(forecast, system.Seconds.Value)];
        })]);

    /// <summary>What the same formula makes of the paper's hardware, beside the paper's figures.</summary>
    public static ReportTable Paper()
    {
        var forecast = new SessionForecast(PaperLatency.Hardware, PaperLatency.Rounds);
        var (given, found) = (PaperLatency.FixedStrength, PaperLatency.PredictedStrength);
        return new ReportTable(
            "The same formula on the paper's hardware, which is read from its Table 2 (R = 3); no figure of this machine is in it",
            ["system", "s = s′", "formula s", "paper, Table 2 s", "formula to paper", "read from this row"],
            [
                PaperRow("Stable Diffusion v1.5", null, forecast.CloudOnly, PaperLatency.CloudOnly, "c"),
                PaperRow("Tiny-SD", null, forecast.EdgeOnly, PaperLatency.EdgeOnly, "e"),
                PaperRow("DiffusionX", found, forecast.EdgeAndCloud(found, found), PaperLatency.WithPredictor, "s, link"),
                PaperRow("DiffusionX without predictor", given, forecast.EdgeAndCloud(given, given), PaperLatency.WithoutPredictor, "nothing"),
            ]);
    }

    private static ReportTable Elsewhere(LatencyResult result, HardwareProfile hardware) => new(
        $"Forecast for {hardware.Name}, with the rounds and strengths measured here",
        ["system", "forecast s"],
        [.. result.Systems.Select(system => (IReadOnlyList<string>)[system.System, Figure.Of(Seconds(result, system, hardware), 3)])]);

    private static IReadOnlyList<string> Row(SystemLatency system) =>
    [
        system.System, Figure.Of((long)system.Sessions), Figure.Of(system.Seconds, 3), Figure.Of(system.MedianSeconds, 3), Figure.Of(system.SlowSeconds, 3),
        Figure.Of(system.SecondsRatio, 3), Figure.Of(system.FirstPreviewSeconds, 3), Figure.Of(system.EdgeSeconds, 3), Figure.Of(system.CloudSeconds, 3),
        Figure.Of(system.CloudRatio, 3), Figure.Of(system.LinkSeconds, 3), Figure.Of(system.BytesUp / KilobyteBytes, 1), Figure.Of(system.BytesDown / KilobyteBytes, 1),
        Figure.Of(system.EdgeSteps, 1), Figure.Of(system.CloudSteps, 1), Figure.Of(system.Joules, 1),
    ];

    private static IReadOnlyList<string> PaperRow(string name, double? strength, double formula, double paper, string read) =>
        [name, Figure.Of(strength, 3), Figure.Of(formula), Figure.Of(paper), Difference(formula, paper), read];

    private static double Seconds(LatencyResult result, SystemLatency system, HardwareProfile hardware)
    {
        var forecast = new SessionForecast(hardware, result.MeanRounds);
        return Strengths(result, system) switch
        {
            ({ } edge, { } cloud) => forecast.EdgeAndCloud(edge, cloud),
            (not null, null) => forecast.EdgeOnly,
            _ => forecast.CloudOnly,
        };
    }

    // The shares of steps that were run, which are what strengths come to.
    private static (double? Edge, double? Cloud) Strengths(LatencyResult result, SystemLatency system)
    {
        double? edge = system.EdgeSteps > 0 ? ((system.EdgeSteps / result.Here.Edge.Steps) - 1) / Math.Max(result.MeanRounds - 1, 1) : null;
        double? cloud = system.CloudSteps > 0 ? system.CloudSteps / result.Here.Cloud.Steps : null;
        return edge is null && cloud is not null ? (null, 1) : (edge, cloud);
    }

    private static string Difference(double forecast, double other) => FormattableString.Invariant($"{(forecast / other) - 1:+0.0 %;-0.0 %;0.0 %}");
}
