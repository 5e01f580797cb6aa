using DiffusionX.Cli.Terminal;
using DiffusionX.Scenes.Evaluation;
using Spectre.Console;

namespace DiffusionX.Cli.Evaluation;

/// <summary>What <c>diffusionx evaluate scenes</c> does: draw, judge, write the report.</summary>
internal sealed class SceneEvaluationProgram(SceneEvaluationSettings settings)
{
    private const string ReportFile = "scenes.md";

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var report = await Consoles.Progress.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                using var evaluation = new SceneEvaluation(settings);
                return await evaluation.RunAsync(new Bars(context), cancellationToken);
            });
        Directory.CreateDirectory(settings.WorkFolder);
        var path = Path.Combine(settings.WorkFolder, ReportFile);
        var text = report.ToMarkdown();
        await File.WriteAllTextAsync(path, text, CancellationToken.None);
        Consoles.Output.WriteLine(text);
        Consoles.Output.WriteLine(path);
        return 0;
    }

    private sealed class Bars(ProgressContext context) : IProgress<SceneEvaluationProgress>
    {
        private readonly Dictionary<string, ProgressTask> bars = [];

        public void Report(SceneEvaluationProgress value)
        {
            if (!bars.TryGetValue(value.Part, out var bar))
            {
                bars[value.Part] = bar = context.AddTask(value.Part, maxValue: value.Count);
            }

            bar.Value = value.Done;
        }
    }
}
