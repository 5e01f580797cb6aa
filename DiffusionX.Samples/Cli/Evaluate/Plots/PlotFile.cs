using ScottPlot;

namespace DiffusionX.Cli.Evaluate.Plots;

/// <summary>A plot as a PNG and as an SVG.</summary>
internal static class PlotFile
{
    private const int Width = 900;
    private const int Height = 560;

    public static void Save(Plot plot, string folder, string name)
    {
        plot.SavePng(Path.Combine(folder, name + ".png"), Width, Height);
        plot.SaveSvg(Path.Combine(folder, name + ".svg"), Width, Height);
    }
}
