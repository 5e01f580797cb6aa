using DiffusionX.Evaluation.Latency;
using DiffusionX.Scenes.Plots;
using ScottPlot;

namespace DiffusionX.Cli.Evaluate.Plots;

/// <summary>Which share of a session each stage takes, by system.</summary>
internal static class TimeShares
{
    public const string Name = "time-shares";

    private static readonly (string Stage, Func<SystemLatency, double> Seconds, Color Color)[] Stages =
    [
        ("edge", system => system.EdgeSeconds, Colors.SteelBlue),
        ("cloud", system => system.CloudSeconds.Value, Colors.DarkOrange),
        ("link, encoding and waiting", system => system.LinkSeconds, Colors.Gray),
    ];

    public static void Save(string folder, IReadOnlyList<SystemLatency> systems)
    {
        using var plot = PlotSheet.New();
        plot.Add.Bars(systems.SelectMany(BarsOf).ToArray());
        plot.Axes.Bottom.SetTicks([.. systems.Select((_, position) => (double)position)], [.. systems.Select(system => system.System)]);
        plot.Legend.ManualItems.AddRange(Stages.Select(stage => new LegendItem { LabelText = stage.Stage, FillColor = stage.Color }));
        plot.ShowLegend();
        plot.YLabel("share of a session's time");
        PlotFile.Save(plot, folder, Name);
    }

    private static IEnumerable<Bar> BarsOf(SystemLatency system, int position)
    {
        var bottom = 0.0;
        foreach (var (_, seconds, color) in Stages)
        {
            var top = bottom + (seconds(system) / Stages.Sum(stage => stage.Seconds(system)));
            yield return new Bar { Position = position, ValueBase = bottom, Value = top, FillColor = color };
            bottom = top;
        }
    }
}
