using System.Text.Json.Nodes;
using DiffusionX.Cli.Terminal;
using DiffusionX.Runtime;
using DiffusionX.Scenes.Evaluation;
using Spectre.Console;

namespace DiffusionX.Cli.Evaluate;

/// <summary>What <c>diffusionx evaluate scenes</c> does: draw, judge, write the report.</summary>
internal sealed class SceneEvaluationProgram(SceneEvaluationSettings settings)
{
    private const string ReportFile = "scenes.md";

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var report = await EvaluationBars.ShowAsync(async bars =>
        {
            using var evaluation = new SceneEvaluation(settings);
            var progress = new ImmediateProgress<SceneEvaluationProgress>(value => bars.Set(value.Part, value.Done, value.Count));
            return await evaluation.RunAsync(progress, cancellationToken);
        });
        Directory.CreateDirectory(settings.WorkFolder);
        var path = Path.Combine(settings.WorkFolder, ReportFile);
        var text = report.ToMarkdown();
        await File.WriteAllTextAsync(path, text, CancellationToken.None);
        Consoles.Tell("results", new JsonObject { ["path"] = path });
        Consoles.Output.WriteLine(text);
        Consoles.Output.WriteLine(path);
        return 0;
    }
}
