using DiffusionX.Cli.Evaluate.Reports;
using DiffusionX.Cli.Prompts;
using DiffusionX.Cli.Terminal;
using DiffusionX.Evaluation.Latency;
using DiffusionX.Evaluation.Throughput;
using DiffusionX.Pipeline;
using DiffusionX.Scenes;
using Spectre.Console;

namespace DiffusionX.Cli.Evaluate;

/// <summary>What <c>diffusionx evaluate throughput</c> does: load a refiner, and print what it bore.</summary>
internal sealed class ThroughputProgram(ThroughputSettings settings)
{
    private const int PromptCount = 32;
    private const int SessionsOfOpenLoops = 48;

    // Of the pictures a minute that the engine draws at its best.
    private static readonly double[] Loads = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var edgeDefaults = GenerationDefaults.Read(settings.EdgeFolder);
        using var edge = await DiffusionModel.LoadAsync(settings.EdgeFolder, settings.Edge, cancellationToken: cancellationToken);
        using var serial = await LoadAsync(settings.Cloud with { MaxBatch = 1 }, cancellationToken);
        using var engine = await LoadAsync(settings.Cloud, cancellationToken);
        var steps = settings.Steps ?? GenerationDefaults.Read(settings.CloudFolder).Steps;
        var cloudDefaults = GenerationDefaults.Read(settings.CloudFolder) with { Steps = steps };
        DrawingSettings[] clouds = [.. (settings.EngineOnly ? [engine] : new[] { serial, engine }).Select(model => new DrawingSettings(model, cloudDefaults))];
        string[] prompts = [.. ScenePrompts.Draw(SceneSplit.Evaluation, PromptCount, 2, seed: 1, cancellationToken).Select(session => session.Rounds[0].Prompt)];
        var sessions = Math.Max(settings.Clients.Max(), settings.Rates is { Count: 0 } ? 1 : SessionsOfOpenLoops);
        await using var evaluation = await ThroughputEvaluation.StartAsync(new DrawingSettings(edge, edgeDefaults), clouds, prompts, sessions, cancellationToken);
        var result = await EvaluationBars.ShowAsync(bars => MeasureAsync(evaluation, bars, cancellationToken));
        Consoles.Output.WriteLine($"{steps} steps; at most {engine.MaxBatch} pictures at once; {settings.Turns} turns of {settings.Time.TotalSeconds:0.#} s of each load.");
        Consoles.Output.WriteLine();
        foreach (var table in ThroughputTables.Of(result))
        {
            Consoles.Output.WriteLine($"{table.Title}:");
            Consoles.Output.Write(new Text(table.ToMarkdown()));
            Consoles.Output.WriteLine();
        }

        return 0;
    }

    private Task<DiffusionModel> LoadAsync(DiffusionModelOptions options, CancellationToken cancellationToken) =>
        DiffusionModel.LoadAsync(settings.CloudFolder, options, cancellationToken: cancellationToken);

    private async Task<ThroughputResult> MeasureAsync(ThroughputEvaluation evaluation, EvaluationBars bars, CancellationToken cancellationToken)
    {
        var systems = settings.EngineOnly ? 1 : 2;
        var closed = await PlayAllAsync("closed loops", [.. settings.Clients.Select(count => (double)count)], (count, told) =>
            evaluation.PlayClosedAsync((int)count, settings.Time, settings.Turns, told, cancellationToken));
        var best = closed.Max(load => load.BySystem[^1].Average(turn => turn.PicturesPerMinute));
        var open = await PlayAllAsync("open loops", settings.Rates ?? [.. Loads.Select(load => Math.Round(load * best))], (rate, told) =>
            evaluation.PlayOpenAsync(rate, settings.Time, settings.Turns, told, cancellationToken));
        return new ThroughputResult(closed, open);

        async Task<IReadOnlyList<LoadFigures>> PlayAllAsync(string name, IReadOnlyList<double> loads, Func<double, Action, Task<IReadOnlyList<LoadMeasurement>[]>> play)
        {
            var (done, count, figures) = (0, loads.Count * settings.Turns * systems, new List<LoadFigures>());
            foreach (var load in loads)
            {
                var before = Environment.WorkingSet;
                await using var memory = new MemoryWatch();
                var measured = await play(load, () => bars.Set(name, ++done, count));
                figures.Add(new LoadFigures(load, measured, before, Environment.WorkingSet, await memory.EndAsync()));
            }

            return figures;
        }
    }
}
