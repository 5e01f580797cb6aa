using System.CommandLine;
using DiffusionX.Cli.Help;
using DiffusionX.Evaluation.Prompts;
using DiffusionX.Runtime;
using DiffusionX.Training.LowRank;

namespace DiffusionX.Cli.Train;

/// <summary><c>diffusionx train few-step-lora</c>: a LoRA with which a checkpoint draws in a few steps without guidance.</summary>
internal sealed class TrainFewStepLoraCommand : Command, IHasExamples
{
    private static readonly FewStepLoraOptions Defaults = new();

    private readonly Option<string> model = new("--model") { Description = "The checkpoint: a folder in diffusers' layout, or a single file.", Required = true };
    private readonly Option<string> prompts = new("--prompts") { Description = "A file of sessions in JSON lines; no pictures are needed.", Required = true };
    private readonly Option<string> output = new("--out", "-o") { Description = "Where the LoRA goes.", DefaultValueFactory = _ => "pytorch_lora_weights.safetensors" };
    private readonly Option<string> work = new("--work") { Description = "Where checkpoints go.", DefaultValueFactory = _ => Path.Combine("training", "few-step-lora") };
    private readonly Option<int> rank = new("--rank") { Description = "The thin side of the LoRA's matrices.", DefaultValueFactory = _ => Defaults.Rank };
    private readonly Option<double?> alpha = new("--alpha") { Description = "Divided by the rank, what the matrices are scaled by; the rank, if not given." };
    private readonly Option<double> guidance = new("--guidance") { Description = "The guidance scale that becomes part of the LoRA.", DefaultValueFactory = _ => Defaults.GuidanceScale };
    private readonly Option<int?> size = new("--size") { Description = "The pictures' height and width in pixels, if not those that the model was trained at." };
    private readonly Option<int?> steps = new("--steps") { Description = "Steps, if not the stage's own number." };
    private readonly Option<int?> batch = new("--batch") { Description = "Samples in a step, if not the stage's own number." };
    private readonly Option<long> seed = new("--seed") { Description = "Decides every random number.", DefaultValueFactory = _ => 1 };
    private readonly Option<string> device = new("--device") { Description = "cpu, cuda, cuda:1 …", DefaultValueFactory = _ => "cpu" };

    public TrainFewStepLoraCommand()
        : base("few-step-lora", "Train a LoRA with which a checkpoint draws in four to eight steps without guidance; an interrupted run goes on where it stopped.")
    {
        foreach (var option in new Option[] { model, prompts, output, work, rank, alpha, guidance, size, steps, batch, seed, device })
        {
            Add(option);
        }

        SetAction((parsed, cancellationToken) => Task.Run(() => Run(parsed, cancellationToken), CancellationToken.None));
    }

    public IReadOnlyList<Example> Examples { get; } =
    [
        new("diffusionx train few-step-lora --model segmind/tiny-sd --prompts prompts.jsonl --device cuda", "The LoRA of a checkpoint"),
        new("diffusionx generate \"a red house\" --model segmind/tiny-sd --lora pytorch_lora_weights.safetensors --scheduler Lcm --steps 6 --guidance 1", "A picture with it"),
    ];

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        TorchRuntime.EnsureLoaded();
        var options = new FewStepLoraOptions
        {
            Rank = parsed.GetValue(rank),
            Alpha = parsed.GetValue(alpha) ?? parsed.GetValue(rank),
            GuidanceScale = parsed.GetValue(guidance),
            Size = parsed.GetValue(size),
        };
        using var stage = new FewStepLoraStage(
            parsed.GetRequiredValue(model), parsed.GetRequiredValue(device), PromptSet.Read(parsed.GetRequiredValue(prompts)), options, parsed.GetRequiredValue(output));
        var plan = stage.Plan with { Steps = parsed.GetValue(steps) ?? stage.Plan.Steps, BatchSize = parsed.GetValue(batch) ?? stage.Plan.BatchSize };
        TrainingProgram.Train(stage, plan, parsed.GetRequiredValue(work), parsed.GetValue(seed), parsed.GetRequiredValue(output), cancellationToken);
        return 0;
    }
}
