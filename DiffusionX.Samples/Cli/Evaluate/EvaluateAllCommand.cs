using System.CommandLine;
using DiffusionX.Cli.Help;
using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Quality;

namespace DiffusionX.Cli.Evaluate;

/// <summary><c>diffusionx evaluate all</c>: the paper's tables, measured here.</summary>
internal sealed class EvaluateAllCommand : Command, IHasExamples
{
    private readonly Option<string> output = new("--out", "-o") { Description = "The folder for the report; measurements and pictures are kept in it too, so that the same command goes on where it was interrupted.", Required = true };
    private readonly Option<string?> reference = new("--reference") { Description = "A folder of true pictures, or the .safetensors that evaluate quality --save-reference wrote. Without it, 2,000 true drawings of scenes." };
    private readonly Option<int> resamples = new("--resamples") { Description = "Draws for the intervals of Fréchet distance and Inception Score, at least 2.", DefaultValueFactory = _ => 20 };
    private readonly SessionOptions sessions;
    private readonly MeasuringOptions measuring;

    public EvaluateAllCommand()
        : base("all", "The paper's four tables, with its figures and those measured here in columns of their own, plots and pictures.")
    {
        Add(output);
        sessions = new SessionOptions(this);
        measuring = new MeasuringOptions(this);
        Add(reference);
        Add(resamples);
        SetAction((parsed, cancellationToken) => new EvaluateAllProgram(Settings(parsed)).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx evaluate all --out results --judge weights/scenes --clip weights/scenes/clip", "With the models that come with the program, 400 sessions"),
        new("diffusionx evaluate all --out results --edge tiny-sd --cloud-model sd15 --prompts prompts.jsonl --inception inception.safetensors --reference coco.safetensors --clip clip-vit-large-patch14", "With Stable Diffusion, on COCO"),
    ];

    private EvaluateAllSettings Settings(ParseResult parsed)
    {
        var folder = parsed.GetRequiredValue(output);
        return new EvaluateAllSettings
        {
            Latency = sessions.Read(parsed, folder),
            MeasuringModels = measuring.Read(parsed),
            Reference = parsed.GetValue(reference),
            Quality = new QualityOptions { Distributions = new Bootstrap { Resamples = parsed.GetValue(resamples) } },
            OutputFolder = folder,
        };
    }
}
