using System.CommandLine;
using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Help;
using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Quality;
using DiffusionX.Pipeline;

namespace DiffusionX.Cli.Evaluate;

/// <summary><c>diffusionx evaluate quality</c>: how good pictures are.</summary>
internal sealed class EvaluateQualityCommand : Command, IHasExamples
{
    private readonly Option<string?> images = new("--images") { Description = "A folder of pictures to measure." };
    private readonly Option<string?> model = new("--model", "-m") { Description = "A model that draws the pictures, of the last prompt of each session of --prompts." };
    private readonly Option<string?> prompts = new("--prompts") { Description = "A set of sessions (diffusionx prompts); the last prompt of each belongs to a picture, in their order. Without it, PNG files say their own." };
    private readonly Option<int?> count = new("--count") { Description = "Measure the first ones only." };
    private readonly Option<string?> reference = new("--reference") { Description = "A folder of true pictures, or the .safetensors that --save-reference wrote, to take the Fréchet distance to." };
    private readonly Option<string?> saveReference = new("--save-reference") { Description = "Keep the statistics of the reference in this file, so that its pictures need not be measured again." };
    private readonly Option<string> work = new("--work") { Description = "Where measurements are kept: the same command goes on where it was interrupted.", DefaultValueFactory = _ => Path.Combine("training", "quality") };
    private readonly Option<string> device = new("--device") { Description = "The drawing model's device.", DefaultValueFactory = _ => "cpu" };
    private readonly HalfWeightsOption halfWeights = new();
    private readonly Option<string?> variant = new("--variant") { Description = "The variant of the drawing model's weights, such as fp16." };
    private readonly Option<int?> steps = new("--steps") { Description = "Steps of each run. Without it, the model's own number, or 25." };
    private readonly Option<double?> guidance = new("--guidance") { Description = "The guidance scale. Without it, the model's own, or 7.5." };
    private readonly Option<long> seed = new("--seed") { Description = "The first picture's seed; the following ones have the following seeds.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> batch = new("--batch") { Description = "Pictures measured at once.", DefaultValueFactory = _ => 16 };
    private readonly Option<int> resamples = new("--resamples") { Description = "Draws for the intervals of Fréchet distance and Inception Score, at least 2.", DefaultValueFactory = _ => 20 };
    private readonly MeasuringOptions measuring;

    public EvaluateQualityCommand()
        : base("quality", "Fréchet distance, Inception Score and CLIP score of pictures, with 95 % intervals; an interrupted run goes on where it stopped.")
    {
        foreach (var option in new Option[] { images, model, prompts, count, reference, saveReference })
        {
            Add(option);
        }

        measuring = new MeasuringOptions(this);
        foreach (var option in new Option[] { work, device, halfWeights, variant, steps, guidance, seed, batch, resamples })
        {
            Add(option);
        }

        Validators.Add(result =>
        {
            if ((result.GetValue(images) is null) == (result.GetValue(model) is null))
            {
                result.AddError("Give either --images, a folder of pictures, or --model, a model that draws them.");
            }
            else if (result.GetValue(model) is not null && result.GetValue(prompts) is null)
            {
                result.AddError("--model draws the prompts of --prompts, a file of sessions; diffusionx prompts makes one.");
            }
        });
        SetAction((parsed, cancellationToken) => new QualityProgram(Settings(parsed)).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx evaluate quality --images drawn --inception inception.safetensors --reference val2014 --save-reference coco.safetensors", "FID of a folder, and the reference kept"),
        new("diffusionx evaluate quality --model sd15 --prompts prompts.jsonl --inception inception.safetensors --reference coco.safetensors --clip clip-vit-large-patch14", "All three of a model's pictures"),
        new("diffusionx evaluate quality --model weights/scenes/edge --prompts prompts.jsonl --judge weights/scenes --clip weights/scenes/clip", "Of the scenes models, by their own judge and CLIP"),
    ];

    private QualitySettings Settings(ParseResult parsed) => new()
    {
        Images = parsed.GetValue(images),
        Model = parsed.GetValue(model),
        ModelOptions = new DiffusionModelOptions { Device = parsed.GetRequiredValue(device), Variant = parsed.GetValue(variant), HalfPrecisionWeights = parsed.GetValue(halfWeights) },
        Prompts = parsed.GetValue(prompts),
        Count = parsed.GetValue(count),
        Steps = parsed.GetValue(steps),
        GuidanceScale = parsed.GetValue(guidance),
        Seed = parsed.GetValue(seed),
        MeasuringModels = measuring.Read(parsed),
        Reference = parsed.GetValue(reference),
        SaveReference = parsed.GetValue(saveReference),
        WorkFolder = parsed.GetRequiredValue(work),
        Options = new QualityOptions { BatchSize = parsed.GetValue(batch), Distributions = new Bootstrap { Resamples = parsed.GetValue(resamples) } },
    };
}
