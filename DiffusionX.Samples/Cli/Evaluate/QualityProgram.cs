using DiffusionX.Cli.Evaluate.Reports;
using DiffusionX.Cli.Generate;
using DiffusionX.Cli.Terminal;
using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Prompts;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Pipeline;
using DiffusionX.Runtime;
using Spectre.Console;

namespace DiffusionX.Cli.Evaluate;

/// <summary>What <c>diffusionx evaluate quality</c> does: measure the reference, measure the pictures, print the figures.</summary>
internal sealed class QualityProgram(QualitySettings settings)
{
    private const string StatisticsEnding = ".safetensors";

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(settings.WorkFolder);
        using var model = settings.Model is { } folder ? await GenerationDisplay.LoadAsync(folder, settings.ModelOptions, cancellationToken) : null;
        IPictureSource pictures = model is null ? Folder() : Drawn(model);
        using var features = settings.MeasuringModels.LoadFeatures();
        using var scorer = settings.MeasuringModels.LoadScorer();
        using var judge = settings.MeasuringModels.LoadJudge();
        var evaluation = new QualityEvaluation(features, scorer, settings.Options, judge);
        var figures = await EvaluationBars.ShowAsync(bars =>
        {
            var progress = new ImmediateProgress<QualityProgress>(value => bars.Set(value.Source, value.Done, value.Count));
            return MeasureAsync(evaluation, pictures, progress, cancellationToken);
        });
        var table = QualityTable.Of(figures);
        Consoles.Tell("table", table.ToJson());
        Consoles.Output.WriteLine($"{table.Title}:");
        Consoles.Output.Write(new Text(table.ToMarkdown()));
        return 0;
    }

    private async Task<QualityMetrics> MeasureAsync(
        QualityEvaluation evaluation, IPictureSource pictures, IProgress<QualityProgress> progress, CancellationToken cancellationToken)
    {
        using var reference = settings.Reference is { } path ? await ReferenceAsync(evaluation, path, progress, cancellationToken) : null;
        return await evaluation.MeasureAsync(pictures, Path.Combine(settings.WorkFolder, "pictures.measured"), reference, progress, cancellationToken);
    }

    private async Task<FeatureStatistics> ReferenceAsync(
        QualityEvaluation evaluation, string path, IProgress<QualityProgress> progress, CancellationToken cancellationToken)
    {
        var statistics = path.EndsWith(StatisticsEnding, StringComparison.Ordinal)
            ? FeatureStatistics.Load(path)
            : await evaluation.DescribeAsync(new FolderPictures(path), Path.Combine(settings.WorkFolder, "reference.measured"), progress, cancellationToken);
        if (settings.SaveReference is { } file)
        {
            statistics.Save(file);
        }

        return statistics;
    }

    private FolderPictures Folder() => new(settings.Images!, settings.Prompts is null ? null : LastPrompts(settings.Prompts), settings.Count);

    private GeneratedPictures Drawn(DiffusionModel model)
    {
        var prompts = LastPrompts(settings.Prompts!);
        if (prompts.Length < settings.Count)
        {
            throw new EvaluationException($"{settings.Prompts} has {prompts.Length} sessions, and {settings.Count} pictures were asked for.");
        }

        var defaults = GenerationDefaults.Read(settings.Model!);
        var drawing = defaults with { Steps = settings.Steps ?? defaults.Steps, GuidanceScale = settings.GuidanceScale ?? defaults.GuidanceScale };
        return new GeneratedPictures(model, settings.Model!, [.. prompts.Take(settings.Count ?? prompts.Length)], drawing, settings.Seed);
    }

    private static string[] LastPrompts(string file) => [.. PromptSet.Read(file).Select(session => session.Rounds[^1].Prompt)];
}
