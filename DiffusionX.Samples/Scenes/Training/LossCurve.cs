using System.Globalization;
using DiffusionX.Scenes.Plots;
using DiffusionX.Training;

namespace DiffusionX.Scenes.Training;

/// <summary>The loss over the steps of a run, as a picture.</summary>
internal static class LossCurve
{
    private const int Width = 900;
    private const int Height = 500;
    private const int MostPoints = 400;
    private const int Stripe = 10;

    /// <summary>Writes <c>loss.png</c>: means over equal stretches of the run, on a logarithmic scale.</summary>
    public static void Save(TrainingSnapshot snapshot)
    {
        if (snapshot.Losses.Count == 0)
        {
            return;
        }

        var stretch = Math.Max(Stripe, snapshot.Losses.Count / MostPoints);
        var means = snapshot.Losses.Chunk(stretch).Select(losses => (double)losses.Average()).ToArray();
        using var plot = PlotSheet.New();
        plot.Add.Signal([.. means.Select(Math.Log10)], period: stretch);
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic
        {
            LabelFormatter = power => Math.Pow(10, power).ToString("G3", CultureInfo.InvariantCulture),
        };
        plot.XLabel("step");
        plot.YLabel("loss");
        plot.SavePng(Path.Combine(snapshot.Folder, "loss.png"), Width, Height);
    }
}
