using System.Diagnostics;
using System.Text.Json.Nodes;
using DiffusionX.Cli.Terminal;
using DiffusionX.Training;
using Spectre.Console;

namespace DiffusionX.Cli.Train;

/// <summary>
/// A training run while the user watches: a bar with the loss, the speed and the time left; in a file, a line now and then.
/// </summary>
internal static class TrainingDisplay
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(20);

    public static void Show(string name, TrainingPlan plan, Action<IProgress<TrainingProgress>> train)
    {
        if (!Consoles.Progress.Profile.Capabilities.Interactive)
        {
            train(new Lines(name));
            return;
        }

        Consoles.Progress.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .Start(context => train(new Bar(context.AddTask(name, maxValue: plan.Steps), name)));
    }

    private static string Describe(string name, TrainingProgress progress, int firstStep)
    {
        var stepsPerSecond = (progress.Step - firstStep) / Math.Max(progress.Elapsed.TotalSeconds, 1e-3);
        return FormattableString.Invariant(
            $"{name}  step {progress.Step} of {progress.Steps}  loss {progress.Loss:G4}  {stepsPerSecond:F2} steps/s  {progress.Remaining:h\\:mm\\:ss} left  {progress.Note}");
    }

    private static void Tell(string name, TrainingProgress progress) => Consoles.Tell("training", new JsonObject
    {
        ["stage"] = name,
        ["step"] = progress.Step,
        ["steps"] = progress.Steps,
        ["loss"] = double.IsFinite(progress.Loss) ? progress.Loss : null,
        ["seconds"] = progress.Elapsed.TotalSeconds,
        ["seconds_left"] = progress.Remaining.TotalSeconds,
    });

    private sealed class Bar(ProgressTask task, string name) : IProgress<TrainingProgress>
    {
        private int? firstStep;

        public void Report(TrainingProgress value)
        {
            firstStep ??= value.Step - 1;
            task.Value = value.Step;
            task.Description = Markup.Escape(Describe(name, value, firstStep.Value));
        }
    }

    private sealed class Lines(string name) : IProgress<TrainingProgress>
    {
        private readonly Stopwatch sinceLine = Stopwatch.StartNew();
        private int? firstStep;

        public void Report(TrainingProgress value)
        {
            firstStep ??= value.Step - 1;
            Tell(name, value);
            if (sinceLine.Elapsed >= LineEvery || value.Step == value.Steps)
            {
                Consoles.Progress.WriteLine(Describe(name, value, firstStep.Value));
                sinceLine.Restart();
            }
        }
    }
}
