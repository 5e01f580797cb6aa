using System.CommandLine;
using DiffusionX.Cli.Help;
using DiffusionX.Cli.Shipped;
using DiffusionX.Pipeline;

namespace DiffusionX.Cli.Evaluate;

/// <summary><c>diffusionx evaluate precision</c>: what a precision changes in pictures.</summary>
internal sealed class EvaluatePrecisionCommand : Command, IHasExamples
{
    private readonly Option<string?> model = new("--model", "-m") { Description = "A folder in diffusers' layout, or a single file. Without it, the large model that comes with the program." };
    private readonly Option<Precision> precision = new("--precision") { Description = "What is compared with float32.", DefaultValueFactory = _ => Precision.BFloat16 };
    private readonly Option<string> device = new("--device") { Description = "The model's device: cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };
    private readonly Option<string?> variant = new("--variant") { Description = "The variant of the weights, such as fp16." };
    private readonly Option<string?> prompts = new("--prompts") { Description = "A set of sessions (diffusionx prompts), of each of which the last prompt is drawn. Without it, scenes that no model has seen." };
    private readonly Option<int> count = new("--count") { Description = "How many prompts, at least 1.", DefaultValueFactory = _ => 50 };
    private readonly Option<int?> side = new("--side") { Description = "The pictures' height and width in pixels. Without it, the model's own." };
    private readonly Option<int?> steps = new("--steps") { Description = "Steps of each run. Without it, the model's own number, or 25." };
    private readonly Option<double?> guidance = new("--guidance") { Description = "The guidance scale. Without it, the model's own, or 7.5." };
    private readonly Option<long> seed = new("--seed") { Description = "The first picture's seed; the following ones have the following seeds.", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> judge = new("--judge") { Description = "A folder of scenes models, whose judge says how much of the prompts it finds in either." };

    public EvaluatePrecisionCommand()
        : base("precision", "Draw the same prompts with the same seeds in float32 and in another precision, and say how far the pictures differ.")
    {
        foreach (var option in new Option[] { model, precision, device, variant, prompts, count, side, steps, guidance, seed, judge })
        {
            Add(option);
        }

        Validators.Add(result =>
        {
            if (result.GetValue(count) < 1)
            {
                result.AddError("--count has to be at least 1.");
            }
        });
        SetAction((parsed, cancellationToken) => new PrecisionProgram(Settings(parsed)).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx evaluate precision --judge weights/scenes", "The large model that comes with the program, 50 prompts in bfloat16"),
        new("diffusionx evaluate precision --model sd15 --count 10 --side 256 --steps 5", "Another model, few steps of small pictures"),
        new("diffusionx evaluate precision --model sd15 --device cuda --precision float16", "float16 on a GPU"),
    ];

    private PrecisionSettings Settings(ParseResult parsed) => new()
    {
        Model = parsed.GetValue(model) ?? ShippedModels.Find(ShippedModels.Cloud),
        ModelOptions = new DiffusionModelOptions { Device = parsed.GetRequiredValue(device), Variant = parsed.GetValue(variant) },
        Precision = parsed.GetValue(precision),
        Prompts = parsed.GetValue(prompts),
        Count = parsed.GetValue(count),
        Side = parsed.GetValue(side),
        Steps = parsed.GetValue(steps),
        GuidanceScale = parsed.GetValue(guidance),
        Seed = parsed.GetValue(seed),
        Judge = parsed.GetValue(judge),
    };
}

/// <summary>What the user asked <c>diffusionx evaluate precision</c> for.</summary>
internal sealed record PrecisionSettings
{
    public required string Model { get; init; }

    public required DiffusionModelOptions ModelOptions { get; init; }

    /// <summary>What is compared with float32.</summary>
    public required Precision Precision { get; init; }

    /// <summary>A set of sessions, of each of which the last prompt is taken; null for scenes.</summary>
    public string? Prompts { get; init; }

    public required int Count { get; init; }

    public int? Side { get; init; }

    public int? Steps { get; init; }

    public double? GuidanceScale { get; init; }

    public required long Seed { get; init; }

    /// <summary>The folder of a judge; null for none.</summary>
    public string? Judge { get; init; }
}
