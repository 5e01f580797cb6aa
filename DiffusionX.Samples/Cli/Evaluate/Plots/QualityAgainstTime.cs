using DiffusionX.Cli.Evaluate.Reports;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Scenes.Plots;

namespace DiffusionX.Cli.Evaluate.Plots;

/// <summary>The seconds of a session, and how far its pictures are from true ones: the lower left is best.</summary>
internal static class QualityAgainstTime
{
    public const string Name = "quality-against-time";

    private const float MarkerSize = 12;

    public static void Save(string folder, LatencyResult latency, IReadOnlyDictionary<string, QualityMetrics> quality)
    {
        using var plot = PlotSheet.New();
        var hasDistances = quality.Values.All(figures => figures.FrechetDistance is not null);
        foreach (var system in latency.Systems)
        {
            var figures = quality[system.System];
            double[] seconds = [system.Seconds.Value];
            double[] height = [hasDistances ? figures.FrechetDistance!.Value : figures.ClipScore!.Value];
            var point = plot.Add.Scatter(seconds, height);
            point.MarkerSize = MarkerSize;
            point.LegendText = system.System;
        }

        plot.XLabel("seconds of a session, mean");
        plot.YLabel(hasDistances ? "Fréchet distance (lower is better)" : "CLIP score (higher is better)");
        plot.ShowLegend();
        PlotFile.Save(plot, folder, Name);
    }
}
