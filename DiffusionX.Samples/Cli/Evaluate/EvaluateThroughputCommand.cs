using System.CommandLine;
using System.Globalization;
using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Help;
using DiffusionX.Cli.Shipped;
using DiffusionX.Pipeline;

namespace DiffusionX.Cli.Evaluate;

/// <summary><c>diffusionx evaluate throughput</c>: what a refiner does for many edges.</summary>
internal sealed class EvaluateThroughputCommand : Command, IHasExamples
{
    private const double MostSessions = 10_000;

    private readonly Option<string?> edge = new("--edge") { Description = "The small model: a folder in diffusers' layout. Without it, the one that comes with the program." };
    private readonly Option<string?> cloud = new("--cloud-model") { Description = "The large model. Without it, the one that comes with the program." };
    private readonly Option<string> device = new("--device") { Description = "The small model's device: cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };
    private readonly Option<string> cloudDevice = new("--cloud-device") { Description = "The large model's device.", DefaultValueFactory = _ => "cpu" };
    private readonly Option<Precision> precision = new("--precision") { Description = "The numbers that the large model computes with." };
    private readonly Option<string?> variant = new("--variant") { Description = "The variant of the weights, such as fp16." };
    private readonly Option<int?> steps = new("--steps") { Description = "Steps of a whole run. Without it, the model's own number, or 25." };
    private readonly Option<string> clients = new("--clients") { Description = "How many edges ask at once, each for the next picture when it has one: numbers between commas.", DefaultValueFactory = _ => "1,2,4,8,16" };
    private readonly Option<int?> maxBatch = new("--max-batch") { Description = "The most pictures at once, for the engine. Without it, as many as pay." };
    private readonly Option<string?> rates = new("--rates") { Description = "Pictures a minute that are asked for at random times, numbers between commas. Without it, parts of what the engine drew; 0 for none." };
    private readonly Option<double> seconds = new("--seconds") { Description = "How long each turn of each load lasts.", DefaultValueFactory = _ => 15 };
    private readonly Option<int> turns = new("--turns") { Description = "Turns of each load, the systems by turns; ratios have intervals from 2.", DefaultValueFactory = _ => 3 };
    private readonly Option<bool> engineOnly = new("--engine-only") { Description = "Leave out one request at a time, beside which the engine is measured." };

    public EvaluateThroughputCommand()
        : base("throughput", "Many edges against one refiner over TCP: pictures a minute and how long each takes, for one request at a time and for many at once, side by side.")
    {
        foreach (var option in new Option[] { edge, cloud, device, cloudDevice, precision, variant, steps, clients, maxBatch, rates, seconds, turns, engineOnly })
        {
            Add(option);
        }

        SetAction((parsed, cancellationToken) => new ThroughputProgram(Settings(parsed)).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx evaluate throughput --clients 1,2,4,8,16", "The models that come with the program"),
        new("diffusionx evaluate throughput --edge tiny-sd --cloud-model sd15 --device cuda --cloud-device cuda --precision float16 --clients 1,16", "Stable Diffusion on a GPU"),
        new("diffusionx evaluate throughput --clients 200 --seconds 600 --turns 1 --engine-only --rates 0", "200 edges for ten minutes"),
    ];

    private ThroughputSettings Settings(ParseResult parsed) => new()
    {
        EdgeFolder = parsed.GetValue(edge) ?? ShippedModels.Find(ShippedModels.Edge),
        CloudFolder = parsed.GetValue(cloud) ?? ShippedModels.Find(ShippedModels.Cloud),
        Edge = new DiffusionModelOptions { Device = parsed.GetRequiredValue(device), Variant = parsed.GetValue(variant) },
        Cloud = new DiffusionModelOptions
        {
            Device = parsed.GetRequiredValue(cloudDevice),
            Precision = parsed.GetValue(precision),
            Variant = parsed.GetValue(variant),
            MaxBatch = parsed.GetValue(maxBatch),
        },
        Steps = parsed.GetValue(steps),
        Clients = [.. Numbers("--clients", parsed.GetRequiredValue(clients), least: 1).Select(number => (int)number)],
        Rates = parsed.GetValue(rates) is { } given ? [.. Numbers("--rates", given, least: 0).Where(rate => rate > 0)] : null,
        Time = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(seconds), 0.5, TimeSpan.FromDays(1).TotalSeconds)),
        Turns = Math.Max(parsed.GetValue(turns), 1),
        EngineOnly = parsed.GetValue(engineOnly),
    };

    private static IEnumerable<double> Numbers(string option, string text, double least) => text.Split(',', StringSplitOptions.TrimEntries)
        .Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= MostSessions
            ? number
            : throw new UsageException(FormattableString.Invariant($"{option} has {part}; it takes numbers from {least} to {MostSessions}, between commas.")));
}
