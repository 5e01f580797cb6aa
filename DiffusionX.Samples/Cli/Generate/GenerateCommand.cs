using System.CommandLine;
using System.CommandLine.Parsing;
using DiffusionX.Checkpoints;
using DiffusionX.Checkpoints.SingleFile;
using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Help;
using DiffusionX.Cli.Shipped;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Schedulers;

namespace DiffusionX.Cli.Generate;

/// <summary><c>diffusionx generate</c>: pictures from prompts.</summary>
internal sealed class GenerateCommand : Command, IHasExamples
{
    private const int StepsBetweenPreviews = 3;
    private const double DefaultStrength = 0.75;

    private readonly Argument<string[]> prompts = new("prompt")
    {
        Description = "What the picture should show, in quotes; several prompts give several pictures.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string[]> promptOption = new("--prompt", "-p") { Description = "A prompt as an option.", DefaultValueFactory = _ => [] };
    private readonly Option<string> negativePrompt = new("--negative") { Description = "What it should not show.", DefaultValueFactory = _ => "" };
    private readonly Option<PromptSyntax> syntax = new("--prompt-syntax")
    {
        Description = "How prompts are read: Weighted knows (word:1.3), [word], BREAK and prompts of any length, Plain takes the first 75 tokens as they are.",
        DefaultValueFactory = _ => PromptSyntax.Weighted,
    };

    private readonly Option<string?> model = new("--model", "-m") { Description = "The model: a folder in diffusers' layout, or a single .safetensors file. Without it, the one that comes with the program and draws scenes." };
    private readonly Option<string?> tokenizer = new("--tokenizer") { Description = "The tokenizer's folder, if it is not in the model's." };
    private readonly Option<string?> vae = new("--vae") { Description = "With a single file: the VAE, a file or folder, in place of the one in it." };
    private readonly Option<string?> textEncoder = new("--text-encoder") { Description = "With a single file: the text encoder, a file or folder, in place of the one in it." };
    private readonly Option<string?> textEncoder2 = new("--text-encoder-2") { Description = "The same for Stable Diffusion XL's second one." };
    private readonly Option<string?> prediction = new("--prediction") { Description = "With a single file: what the model predicts, epsilon or v, if it does not say so itself." };
    private readonly Option<LoraSelection[]> loras = new("--lora")
    {
        Description = "A LoRA, and after a colon how much of it: --lora film.safetensors:0.8. The option can be given several times.",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = LoraArgument.Parse,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> loraFolder = new("--lora-folder")
    {
        Description = "Where the LoRAs lie that prompts name: <lora:film:0.8> is film.safetensors. Without it they are not applied.",
    };

    private readonly Option<string[]> embeddings = new("--embedding")
    {
        Description = "A textual inversion, .safetensors: a word that prompts may use. It is the file's own, or the file's name. "
            + "The option can be given several times.",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> variant = new("--variant") { Description = "The variant of the weights, such as fp16." };
    private readonly Option<string> device = new("--device") { Description = "cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };
    private readonly Option<Precision> precision = new("--precision") { Description = "The numbers that it computes with." };
    private readonly HalfWeightsOption halfWeights = new();
    private readonly Option<string?> preview = new("--preview") { Description = "A file that shows where the drawing is heading, written anew every few steps." };
    private readonly Option<string?> taesd = new("--taesd") { Description = "A folder with TAESD, for larger and better previews." };
    private readonly Option<string?> init = new("--init") { Description = "A picture to start from (image-to-image)." };
    private readonly Option<string?> mask = new("--mask")
    {
        Description = "With --init, a picture that is white, or transparent, where the other one is to be redrawn; the rest stays.",
    };

    private readonly Option<CanvasMargins?> outpaint = new("--outpaint")
    {
        Description = "With --init, a larger canvas, whose new part is drawn: pixels at the left, top, right and bottom, such as 64,0,64,0.",
        CustomParser = CanvasMargins.Parse,
    };

    private readonly Option<double?> strength = new("--strength")
    {
        Description = "With --init, how much to change: 0 almost nothing, 1 almost everything. Without it 0.75, or 1 with --mask or --outpaint.",
    };

    private readonly SeedOption seed = new("The seed; the same one gives the same picture.");
    private readonly Option<int?> steps = new("--steps") { Description = "Steps of the schedule. Without it, the model's own number, or 25." };
    private readonly Option<double?> guidance = new("--guidance") { Description = "The guidance scale; 1 is none. Without it, the model's own, or 7.5." };
    private readonly Option<int?> width = new("--width") { Description = "Width in pixels, a multiple of 8." };
    private readonly Option<int?> height = new("--height") { Description = "Height in pixels, a multiple of 8." };
    private readonly Option<int> images = new("--images", "-n") { Description = "How many pictures of each prompt, with consecutive seeds.", DefaultValueFactory = _ => 1 };
    private readonly Option<SchedulerKind?> scheduler = new("--scheduler") { Description = "The solver. Without it, the one in the model's generation_config.json; or Lcm or Tcd for a model that was distilled for it, or DpmSolverPlusPlus2M." };
    private readonly Option<string?> output = new("--out", "-o")
    {
        Description = "The file to write, .png, .jpg or .webp; with several pictures a number is put before the ending. "
            + "A file of that name is replaced. Without it, picture.png, picture-2.png … that are still free.",
    };

    private readonly Option<string?> grid = new("--grid") { Description = "One file with all pictures side by side, instead of one for each, or beside those of --out." };
    private readonly Option<bool> noTerminalPicture = new("--no-terminal-picture") { Description = "Do not draw the picture in the terminal." };

    public GenerateCommand()
        : base("generate", "Draw pictures from prompts, or from prompts and a picture.")
    {
        Add(prompts);
        foreach (var option in new Option[]
                 {
                     promptOption, negativePrompt, syntax, model, tokenizer, vae, textEncoder, textEncoder2, prediction, loras, loraFolder, embeddings,
                     variant, device, precision, halfWeights, preview, taesd, init, mask, outpaint, strength, seed, steps, guidance, width, height,
                     images, scheduler, output, grid, noTerminalPicture,
                 })
        {
            Add(option);
        }

        Validators.Add(result =>
        {
            if (result.GetValue(init) is null && (result.GetResult(mask) is not null || result.GetResult(outpaint) is not null))
            {
                result.AddError("--mask and --outpaint say what is drawn of a picture: name it with --init.");
            }
        });
        prediction.AcceptOnlyFromAmong("epsilon", "v");
        Validators.Add(result =>
        {
            if (result.GetValue(prompts)!.Length + result.GetValue(promptOption)!.Length == 0)
            {
                result.AddError("Say what to draw: diffusionx generate \"a red house under a yellow moon\"");
            }
        });
        SetAction((parsed, cancellationToken) =>
        {
            RefuseUnknownOptions(parsed);
            return new GenerateProgram(Settings(parsed)).RunAsync(cancellationToken);
        });
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx generate \"a red house under a yellow moon, at night\"", "A picture"),
        new("diffusionx generate \"a red boat on the sea\" \"a cat in the snow\" -n 8 --seed 7 --grid samples.png", "A row of eight for each prompt, the same each time"),
        new("diffusionx generate --model sd15 \"in winter\" --init house.png --strength 0.6", "Change a picture, with a model of your own"),
        new("diffusionx generate --model sd15 \"a red door\" --init house.png --mask door.png", "Redraw a part of a picture, where another one is white"),
        new("diffusionx generate --model dreamshaper.safetensors --tokenizer sd15/tokenizer \"a cat\" --lora film.safetensors:0.8", "A single file from a model site, and a LoRA"),
        new("diffusionx generate --model sd15 \"a cat\" -n 4 --steps 20 --out cats.png", "cats-1.png to cats-4.png"),
    ];

    // The parser takes an option that it does not know for a prompt. After -- everything is one.
    private void RefuseUnknownOptions(ParseResult parsed)
    {
        var free = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).ToHashSet(ReferenceEqualityComparer.Instance);
        if (parsed.GetResult(prompts)?.Tokens.FirstOrDefault(token => token.Value.StartsWith('-') && !free.Contains(token)) is { } unknown)
        {
            throw new UsageException($"Unrecognized option '{unknown.Value}'. A prompt that begins with a dash comes after --.");
        }
    }

    private GenerateSettings Settings(ParseResult parsed)
    {
        var folder = parsed.GetValue(model) ?? ShippedModels.Find(ShippedModels.Cloud);
        return new GenerateSettings
        {
            ModelFolder = folder,
            Model = new DiffusionModelOptions
            {
                Device = parsed.GetRequiredValue(device),
                Precision = parsed.GetValue(precision),
                HalfPrecisionWeights = parsed.GetValue(halfWeights),
                Variant = parsed.GetValue(variant),
                TokenizerFolder = parsed.GetValue(tokenizer),
                PreviewDecoderFolder = parsed.GetValue(taesd),
                SingleFile = new SingleFileOptions
                {
                    Vae = parsed.GetValue(vae),
                    TextEncoder = parsed.GetValue(textEncoder),
                    TextEncoder2 = parsed.GetValue(textEncoder2),
                    PredictsVelocity = parsed.GetValue(prediction) is { } predicted ? predicted == "v" : null,
                },
                Loras = parsed.GetRequiredValue(loras),
                TextualInversions = [.. parsed.GetRequiredValue(embeddings).Select(path => TextualInversion.Load(path))],
            },
            Requests = Requests(parsed, GenerationDefaults.Read(folder)),
            Preview = parsed.GetValue(preview),
            InitImage = parsed.GetValue(init),
            InitMask = parsed.GetValue(mask),
            Outpaint = parsed.GetValue(outpaint),
            Output = parsed.GetValue(output),
            Grid = parsed.GetValue(grid),
            DrawsInTerminal = !parsed.GetValue(noTerminalPicture),
        };
    }

    private GenerationRequest[] Requests(ParseResult parsed, GenerationDefaults defaults)
    {
        var unprompted = new GenerationRequest
        {
            Prompt = "",
            NegativePrompt = parsed.GetRequiredValue(negativePrompt),
            PromptSyntax = parsed.GetValue(syntax),
            GuidanceScale = parsed.GetValue(guidance) ?? defaults.GuidanceScale,
            Seed = parsed.GetValue(seed) ?? SeedOption.New(),
            Width = parsed.GetValue(width),
            Height = parsed.GetValue(height),
            Steps = parsed.GetValue(steps) ?? defaults.Steps,
            ImageCount = parsed.GetValue(images),
            Scheduler = parsed.GetValue(scheduler) ?? defaults.Scheduler,
            Strength = parsed.GetValue(strength) ?? (parsed.GetValue(mask) is null && parsed.GetValue(outpaint) is null ? DefaultStrength : 1),
            PreviewEvery = parsed.GetValue(preview) is null ? 0 : StepsBetweenPreviews,
        };
        string[] given = [.. parsed.GetRequiredValue(prompts), .. parsed.GetRequiredValue(promptOption)];
        return [.. given.Select(prompt => WithNamedLoras(parsed, unprompted with { Prompt = prompt }))];
    }

    private GenerationRequest WithNamedLoras(ParseResult parsed, GenerationRequest request) =>
        parsed.GetValue(loraFolder) is { } folder && request.NamedLoras() is { Count: > 0 } named
            ? request with { Loras = [.. parsed.GetRequiredValue(loras), .. named.Select(new LoraFolder(folder).Find)] }
            : request;
}
