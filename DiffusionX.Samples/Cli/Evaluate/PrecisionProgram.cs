using DiffusionX.Cli.Evaluate.Reports;
using DiffusionX.Cli.Prompts;
using DiffusionX.Cli.Terminal;
using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Prompts;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Pipeline;
using DiffusionX.Runtime;
using DiffusionX.Scenes;
using Spectre.Console;

namespace DiffusionX.Cli.Evaluate;

/// <summary>What <c>diffusionx evaluate precision</c> does: draw in both precisions, judge, print the figures.</summary>
internal sealed class PrecisionProgram(PrecisionSettings settings)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var prompts = ReadPrompts(cancellationToken);
        var defaults = GenerationDefaults.Read(settings.Model);
        var drawing = defaults with { Steps = settings.Steps ?? defaults.Steps, GuidanceScale = settings.GuidanceScale ?? defaults.GuidanceScale };
        using var judge = new MeasuringModels { Judge = settings.Judge }.LoadJudge();
        using var exact = await LoadAsync(Precision.Float32, cancellationToken);
        using var rounded = await LoadAsync(settings.Precision, cancellationToken);
        var comparison = new PrecisionComparison(exact, rounded, drawing, settings.Side, settings.Seed);
        var figures = await EvaluationBars.ShowAsync(bars => comparison.RunAsync(
            prompts, judge, new ImmediateProgress<int>(done => bars.Set("pictures in both", done, prompts.Length)), cancellationToken));
        var side = settings.Side ?? exact.NativeSize;
        var title = FormattableString.Invariant(
            $"{settings.Model}, {rounded.ComputedIn} beside {exact.ComputedIn}: {prompts.Length} prompts, {side}², {drawing.Steps} steps, guidance {drawing.GuidanceScale}");
        var table = PrecisionTable.Of(title, figures);
        Consoles.Tell("table", table.ToJson());
        Consoles.Output.WriteLine($"{table.Title}:");
        Consoles.Output.Write(new Text(table.ToMarkdown()));
        return 0;
    }

    private Task<DiffusionModel> LoadAsync(Precision precision, CancellationToken cancellationToken) =>
        DiffusionModel.LoadAsync(settings.Model, settings.ModelOptions with { Precision = precision }, cancellationToken: cancellationToken);

    private string[] ReadPrompts(CancellationToken cancellationToken)
    {
        if (settings.Prompts is not { } file)
        {
            return [.. ScenePrompts.Draw(SceneSplit.Evaluation, settings.Count, 2, seed: 1, cancellationToken).Select(session => session.Rounds[0].Prompt)];
        }

        var sessions = PromptSet.Read(file);
        return sessions.Count >= settings.Count
            ? [.. sessions.Take(settings.Count).Select(session => session.Rounds[^1].Prompt)]
            : throw new EvaluationException($"{file} has {sessions.Count} sessions, and {settings.Count} pictures were asked for.");
    }
}
