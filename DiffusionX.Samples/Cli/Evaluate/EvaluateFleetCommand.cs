using System.CommandLine;
using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Help;
using DiffusionX.Evaluation.Fleets;

namespace DiffusionX.Cli.Evaluate;

/// <summary><c>diffusionx evaluate fleet</c>: how a fleet of a size would do, in simulated time.</summary>
internal sealed class EvaluateFleetCommand : Command, IHasExamples
{
    private readonly Option<int[]> edges = new("--edges")
    {
        Description = "Edges; several numbers between commas show where the fleet's limit is.",
        CustomParser = result => Numbers(string.Join(",", result.Tokens.Select(token => token.Value))),
        DefaultValueFactory = _ => [10_000],
    };

    private readonly Option<int> workers = new("--workers") { Description = "Workers.", DefaultValueFactory = _ => 100 };
    private readonly Option<int> places = new("--places") { Description = "Requests that each computes at once.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> queue = new("--queue") { Description = "Requests that may wait at all gateways together.", DefaultValueFactory = _ => 2000 };
    private readonly Option<string?> times = new("--times") { Description = "A file of measured seconds of refinements, one a line; without it, 2.4 s each." };
    private readonly Option<double> think = new("--think") { Description = "Mean seconds between an edge's result and its next request.", DefaultValueFactory = _ => 240 };
    private readonly Option<double> burst = new("--burst") { Description = "How many times as often edges ask in one minute of ten.", DefaultValueFactory = _ => 3 };
    private readonly Option<double> workerHours = new("--worker-hours") { Description = "Mean hours that a worker lives.", DefaultValueFactory = _ => 24 };
    private readonly Option<double> hours = new("--hours") { Description = "Hours that are played.", DefaultValueFactory = _ => 2 };
    private readonly Option<int> seed = new("--seed") { Description = "The seed of all chance.", DefaultValueFactory = _ => 1 };

    public EvaluateFleetCommand()
        : base("fleet", "Play a fleet of gateways and workers in simulated time: waits, refusals, occupancy, and what its NATS carries.")
    {
        edges.AllowMultipleArgumentsPerToken = true;
        foreach (var option in new Option[] { edges, workers, places, queue, times, think, burst, workerHours, hours, seed })
        {
            Add(option);
        }

        SetAction((parsed, cancellationToken) => new FleetSimulationProgram(parsed.GetRequiredValue(edges), Settings(parsed)).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx evaluate fleet --edges 10000 --workers 100 --times seconds.txt", "10,000 edges and 100 workers, with refinements as long as they were measured"),
        new("diffusionx evaluate fleet --edges 4000,6000,8000,10000,12000", "Where is the limit?"),
    ];

    private FleetSimulationOptions Settings(ParseResult parsed)
    {
        var settings = new FleetSimulationOptions
        {
            Workers = parsed.GetValue(workers),
            PlacesPerWorker = parsed.GetValue(places),
            QueueCapacity = parsed.GetValue(queue),
            ThinkSeconds = parsed.GetValue(think),
            BurstFactor = parsed.GetValue(burst),
            WorkerHours = parsed.GetValue(workerHours),
            Hours = parsed.GetValue(hours),
            Seed = parsed.GetValue(seed),
        };
        return parsed.GetValue(times) is { } file ? settings with { ServiceSeconds = ReadTimes(file) } : settings;
    }

    private static int[] Numbers(string text) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(number => int.TryParse(number, out var value) && value > 0 ? value : throw new UsageException($"--edges {text}: '{number}' is no number of edges."))];

    private static double[] ReadTimes(string file)
    {
        try
        {
            return [.. File.ReadLines(file).Where(line => line.Trim().Length > 0).Select(line => double.TryParse(line, out var seconds) ? seconds : throw new UsageException($"--times {file}: '{line}' is no number of seconds."))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--times {file} can't be read: {error.Message}");
        }
    }
}
