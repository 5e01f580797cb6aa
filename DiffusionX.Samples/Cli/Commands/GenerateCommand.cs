using System.CommandLine;
using DiffusionX.Cli.Generation;
using DiffusionX.Cli.Help;
using DiffusionX.Generation;
using DiffusionX.Schedulers;

namespace DiffusionX.Cli.Commands;

/// <summary><c>diffusionx generate</c>: one prompt, one or more pictures.</summary>
internal sealed class GenerateCommand : Command, IHasExamples
{
    private const int StepsBetweenPreviews = 3;

    private readonly Option<string> prompt = new("--prompt", "-p") { Description = "What the picture should show.", Required = true };
    private readonly Option<string> negativePrompt = new("--negative") { Description = "What it should not show.", DefaultValueFactory = _ => "" };
    private readonly Option<string> model = new("--model", "-m") { Description = "The model: a folder in diffusers' layout.", Required = true };
    private readonly Option<string?> tokenizer = new("--tokenizer") { Description = "The tokenizer's folder, if it is not in the model's." };
    private readonly Option<string?> variant = new("--variant") { Description = "The variant of the weights, such as fp16." };
    private readonly Option<string> device = new("--device") { Description = "cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };
    private readonly Option<Precision> precision = new("--precision") { Description = "The numbers that it computes with." };
    private readonly Option<string?> preview = new("--preview") { Description = "A file that shows where the drawing is heading, written anew every few steps." };
    private readonly Option<string?> taesd = new("--taesd") { Description = "A folder with TAESD, for larger and better previews." };
    private readonly Option<string?> init = new("--init") { Description = "A picture to start from (image-to-image)." };
    private readonly Option<double> strength = new("--strength")
    {
        Description = "With --init, how much to change: 0 almost nothing, 1 almost everything.",
        DefaultValueFactory = _ => 0.75,
    };

    private readonly Option<long?> seed = new("--seed") { Description = "The seed; the same one gives the same picture. Without it, a new one each time." };
    private readonly Option<int> steps = new("--steps") { Description = "Steps of the schedule.", DefaultValueFactory = _ => 25 };
    private readonly Option<double> guidance = new("--guidance") { Description = "The guidance scale; 1 is none.", DefaultValueFactory = _ => 7.5 };
    private readonly Option<int?> width = new("--width") { Description = "Width in pixels, a multiple of 8." };
    private readonly Option<int?> height = new("--height") { Description = "Height in pixels, a multiple of 8." };
    private readonly Option<int> images = new("--images", "-n") { Description = "How many pictures, with consecutive seeds.", DefaultValueFactory = _ => 1 };
    private readonly Option<SchedulerKind?> scheduler = new("--scheduler") { Description = "The solver; DpmSolverPlusPlus2M unless the model asks for Lcm." };
    private readonly Option<string> output = new("--out", "-o")
    {
        Description = "The file to write, .png, .jpg or .webp; with several pictures a number is put before the ending.",
        DefaultValueFactory = _ => "picture.png",
    };

    private readonly Option<bool> noTerminalPicture = new("--no-terminal-picture") { Description = "Do not draw the picture in the terminal." };

    public GenerateCommand()
        : base("generate", "Draw a picture from a prompt, or from a prompt and a picture.")
    {
        foreach (var option in new Option[]
                 {
                     prompt, negativePrompt, model, tokenizer, variant, device, precision, preview, taesd, init, strength, seed, steps, guidance, width, height, images,
                     scheduler, output, noTerminalPicture,
                 })
        {
            Add(option);
        }

        SetAction((parsed, cancellationToken) => new GenerateProgram(Settings(parsed)).RunAsync(cancellationToken));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx generate --model sd15 --prompt \"a lighthouse in a storm\" --seed 7", "One picture, the same each time"),
        new("diffusionx generate --model sd15 --prompt \"in winter\" --init house.png --strength 0.6", "Change a picture"),
        new("diffusionx generate --model sd15 --prompt \"a cat\" -n 4 --steps 20 --out cats.png", "cats-1.png to cats-4.png"),
    ];

    private GenerateSettings Settings(ParseResult parsed) => new()
    {
        ModelFolder = parsed.GetRequiredValue(model),
        Model = new DiffusionModelOptions
        {
            Device = parsed.GetRequiredValue(device),
            Precision = parsed.GetValue(precision),
            Variant = parsed.GetValue(variant),
            TokenizerFolder = parsed.GetValue(tokenizer),
            PreviewDecoderFolder = parsed.GetValue(taesd),
        },
        Request = new GenerationRequest
        {
            Prompt = parsed.GetRequiredValue(prompt),
            NegativePrompt = parsed.GetRequiredValue(negativePrompt),
            GuidanceScale = parsed.GetValue(guidance),
            Seed = parsed.GetValue(seed) ?? Random.Shared.Next(),
            Width = parsed.GetValue(width),
            Height = parsed.GetValue(height),
            Steps = parsed.GetValue(steps),
            Images = parsed.GetValue(images),
            Scheduler = parsed.GetValue(scheduler),
            Strength = parsed.GetValue(strength),
            PreviewEvery = parsed.GetValue(preview) is null ? 0 : StepsBetweenPreviews,
        },
        Preview = parsed.GetValue(preview),
        StartPicture = parsed.GetValue(init),
        Output = parsed.GetRequiredValue(output),
        DrawsInTerminal = !parsed.GetValue(noTerminalPicture),
    };
}
