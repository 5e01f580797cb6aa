using System.Text.Json.Nodes;
using DiffusionX.Cli.Evaluate.Plots;
using DiffusionX.Cli.Evaluate.Reports;
using DiffusionX.Cli.Terminal;
using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Latency;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Runtime;
using DiffusionX.Scenes.Evaluation;
using Spectre.Console;

namespace DiffusionX.Cli.Evaluate;

/// <summary>What <c>diffusionx evaluate all</c> does: play the sessions, measure what they drew, write the report.</summary>
internal sealed class EvaluateAllProgram(EvaluateAllSettings settings)
{
    private const int TrueDrawingsCount = 2000;
    private const string StatisticsEnding = ".safetensors";

    private readonly SessionGallery gallery = new(Path.Combine(settings.OutputFolder, "pictures"));

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        HardwareProfile[] elsewhere = [.. settings.Latency.Hardware.Select(HardwareProfile.Read)];
        Directory.CreateDirectory(settings.OutputFolder);
        var (latency, quality, kept) = await EvaluationBars.ShowAsync(bars => MeasureAsync(bars, cancellationToken));
        ReportTable[] tables =
        [
            .. new PaperTables(latency, quality).All, SystemsTable.Of(latency, quality), PairedQualityTable.Of(latency, quality), .. KeptTable.Of(kept),
            StrengthsTable.Of(latency), .. LatencyTables.Of(latency, elsewhere),
        ];
        WriteTables(tables);
        Draw(latency, quality);
        var page = Path.Combine(settings.OutputFolder, ResultsPage.FileName);
        await File.WriteAllTextAsync(page, ResultsPage.Write(settings, latency, quality.Values, tables), CancellationToken.None);
        foreach (var table in tables)
        {
            Consoles.Tell("table", table.ToJson());
        }

        Consoles.Tell("results", new JsonObject { ["path"] = page });
        Consoles.Output.WriteLine($"{page}  ({latency.Sessions.Count} sessions, {latency.Systems.Count} systems)");
        return 0;
    }

    private async Task<(LatencyResult Latency, Dictionary<string, QualityMetrics> Quality, IReadOnlyList<KeptMetrics> Kept)> MeasureAsync(
        EvaluationBars bars, CancellationToken cancellationToken)
    {
        using var features = settings.MeasuringModels.LoadFeatures();
        using var scorer = settings.MeasuringModels.LoadScorer();
        using var judge = settings.MeasuringModels.LoadJudge();
        var evaluation = new QualityEvaluation(features, scorer, settings.Quality, judge);
        var latency = await new LatencyRun(settings.Latency).RunAsync(bars, gallery.Keep, cancellationToken);
        var progress = new ImmediateProgress<QualityProgress>(value => bars.Set(value.Source, value.Done, value.Count));
        using var reference = features is null ? null : await ReferenceAsync(evaluation, progress, cancellationToken);
        var quality = new Dictionary<string, QualityMetrics>();
        foreach (var system in latency.Systems.Select(system => system.System))
        {
            var pictures = new FolderPictures(gallery.FolderOf(system), count: latency.Sessions.Count);
            quality[system] = await evaluation.MeasureAsync(pictures, gallery.FolderOf(system) + ".measured", reference, progress, cancellationToken);
        }

        return (latency, quality, MeasureKept(latency, scorer, judge, bars, cancellationToken));
    }

    private KeptMetrics[] MeasureKept(LatencyResult latency, ClipScorer? scorer, JudgedFidelity? judge, EvaluationBars bars, CancellationToken cancellationToken)
    {
        var scorers = settings.MeasuringModels.LoadKept(scorer);
        try
        {
            var run = new KeptRun(gallery, latency.Sessions, scorers, judge);
            return [.. latency.Systems.Select((system, i) =>
            {
                bars.Set("kept", i, latency.Systems.Count);
                return run.Measure(system.System, cancellationToken);
            })];
        }
        finally
        {
            foreach (var each in scorers)
            {
                each.Dispose();
            }
        }
    }

    private async Task<FeatureStatistics> ReferenceAsync(QualityEvaluation evaluation, ImmediateProgress<QualityProgress> progress, CancellationToken cancellationToken)
    {
        if (settings.Reference is { } statistics && statistics.EndsWith(StatisticsEnding, StringComparison.Ordinal))
        {
            return FeatureStatistics.Load(statistics);
        }

        IPictureSource pictures = settings.Reference is { } folder ? new FolderPictures(folder) : new TrueDrawings(TrueDrawingsCount);
        return await evaluation.DescribeAsync(pictures, Path.Combine(settings.OutputFolder, "reference.measured"), progress, cancellationToken);
    }

    private void WriteTables(ReportTable[] tables)
    {
        for (var i = 0; i < tables.Length; i++)
        {
            File.WriteAllText(Path.Combine(settings.OutputFolder, FormattableString.Invariant($"table-{i + 1}.csv")), tables[i].ToCsv());
        }
    }

    private void Draw(LatencyResult latency, Dictionary<string, QualityMetrics> quality)
    {
        QualityAgainstTime.Save(settings.OutputFolder, latency, quality);
        StrengthAgainstDistance.Save(settings.OutputFolder, latency.Measurements);
        TimeShares.Save(settings.OutputFolder, latency.Systems);
        gallery.Grid(latency.Sessions).Save(Path.Combine(settings.OutputFolder, ResultsPage.GridFile));
    }
}
