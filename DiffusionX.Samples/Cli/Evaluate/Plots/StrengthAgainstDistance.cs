using DiffusionX.Evaluation.Latency;
using DiffusionX.Scenes.Plots;

namespace DiffusionX.Cli.Evaluate.Plots;

/// <summary>How much noise a round got, against how far its prompt was from the one before.</summary>
internal static class StrengthAgainstDistance
{
    public const string Name = "strength-against-distance";

    public static void Save(string folder, IEnumerable<SessionMeasurement> measurements)
    {
        using var plot = PlotSheet.New();
        foreach (var system in measurements.Where(measurement => measurement.PromptDistances.Length > 0).GroupBy(measurement => measurement.System))
        {
            var points = system.SelectMany(measurement => measurement.PromptDistances.Zip(measurement.Strengths)).ToArray();
            var cloud = plot.Add.ScatterPoints(points.Select(point => point.First).ToArray(), points.Select(point => point.Second).ToArray());
            cloud.LegendText = system.Key;
        }

        plot.XLabel("cosine distance of a prompt to the one before");
        plot.YLabel("strength of the round");
        plot.ShowLegend();
        PlotFile.Save(plot, folder, Name);
    }
}
