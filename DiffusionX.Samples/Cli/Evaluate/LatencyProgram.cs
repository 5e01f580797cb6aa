using System.Text.Json.Nodes;
using DiffusionX.Cli.Evaluate.Reports;
using DiffusionX.Cli.Terminal;
using DiffusionX.Evaluation.Latency;
using Spectre.Console;

namespace DiffusionX.Cli.Evaluate;

/// <summary>What <c>diffusionx evaluate latency</c> does: play the sessions, print the figures and the forecasts.</summary>
internal sealed class LatencyProgram(LatencySettings settings)
{
    private const string ProfileFile = "this-machine.json";

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        HardwareProfile[] elsewhere = [.. settings.Hardware.Select(HardwareProfile.Read)];
        var result = await EvaluationBars.ShowAsync(bars => new LatencyRun(settings).RunAsync(bars, show: null, cancellationToken));
        var profile = Path.Combine(settings.WorkFolder, ProfileFile);
        result.Here.Write(profile);
        foreach (var table in LatencyTables.Of(result, elsewhere))
        {
            Consoles.Tell("table", table.ToJson());
            Consoles.Output.WriteLine($"{table.Title}:");
            Consoles.Output.Write(new Text(table.ToMarkdown()));
            Consoles.Output.WriteLine();
        }

        Consoles.Tell("results", new JsonObject { ["path"] = profile });
        Consoles.Output.WriteLine($"{profile}  (the speeds of this machine, for --hardware elsewhere)");
        return 0;
    }
}
