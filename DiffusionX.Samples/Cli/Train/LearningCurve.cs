using DiffusionX.Scenes.Plots;
using DiffusionX.Training;
using DiffusionX.Training.StrengthLearning;

namespace DiffusionX.Cli.Train;

/// <summary>The errors of a head over the steps of its training, as a picture.</summary>
internal static class LearningCurve
{
    private const int Width = 900;
    private const int Height = 500;

    /// <summary>Writes <c>learning-curve.png</c>.</summary>
    public static void Save(TrainingSnapshot snapshot, IReadOnlyList<LearningCurvePoint> points)
    {
        if (points.Count == 0)
        {
            return;
        }

        using var plot = PlotSheet.New();
        double[] steps = [.. points.Select(point => (double)point.Step)];
        plot.Add.ScatterLine(steps, [.. points.Select(point => point.TrainingError)]).LegendText = "learned from";
        plot.Add.ScatterLine(steps, [.. points.Select(point => point.HeldOutError)]).LegendText = "held out";
        plot.ShowLegend();
        plot.XLabel("step");
        plot.YLabel("mean absolute error");
        plot.SavePng(Path.Combine(snapshot.Folder, "learning-curve.png"), Width, Height);
    }
}
