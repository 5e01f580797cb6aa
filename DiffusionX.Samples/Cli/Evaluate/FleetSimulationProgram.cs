using DiffusionX.Cli.Evaluate.Reports;
using DiffusionX.Cli.Terminal;
using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Fleets;
using Spectre.Console;

namespace DiffusionX.Cli.Evaluate;

/// <summary>What <c>diffusionx evaluate fleet</c> does: play the fleet with each number of edges, and print the figures.</summary>
internal sealed class FleetSimulationProgram(IReadOnlyList<int> edges, FleetSimulationOptions options)
{
    // What a 512×512 refinement sends through NATS: its draft in 16 bits, as many steps, and its picture twice, into the bucket and on its way.
    private const double MegabytesPerRequest = 0.85;

    private static readonly string[] Columns = ["edges", "results/s", "occupancy", "wait p50, s", "wait p95, s", "wait p99, s", "result p95, s", "refused", "longest queue", "taken over", "NATS, MB/s"];

    public Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var rows = edges.Select(count => Row(count, new FleetSimulation(options with { Edges = count }).Run(cancellationToken))).ToArray();
        var title = FormattableString.Invariant(
            $"{options.Workers} workers of {options.PlacesPerWorker} places, refinements of {options.ServiceSeconds.Average():F2} s, {options.Hours} h, bursts of {options.BurstFactor} ×");
        var table = new ReportTable(title, Columns, rows);
        Consoles.Tell("table", table.ToJson());
        Consoles.Output.WriteLine($"{table.Title}:");
        Consoles.Output.Write(new Text(table.ToMarkdown()));
        return Task.FromResult(0);
    }

    private static string[] Row(int count, FleetSimulationResult result) =>
    [
        $"{count:N0}",
        $"{result.PerSecond:F1}",
        $"{result.Occupancy:P0}",
        $"{Quantile.Of(result.Waits, 0.5):F1}",
        $"{Quantile.Of(result.Waits, 0.95):F1}",
        $"{Quantile.Of(result.Waits, 0.99):F1}",
        $"{Quantile.Of(result.Times, 0.95):F1}",
        $"{(double)result.Refused / Math.Max(result.Done, 1):P1}",
        $"{result.LongestQueue:N0}",
        $"{result.TakenOver:N0}",
        $"{result.PerSecond * MegabytesPerRequest:F0}",
    ];
}
