using DiffusionX.Evaluation.Prompts;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Training.LowRank;

/// <summary>
/// Teaches any checkpoint to draw in a few steps without guidance, as a LoRA (Luo et al., "LCM-LoRA: A Universal Stable-Diffusion
/// Acceleration Module", 2023, with the paths of <see cref="FewStepObjective"/>). It learns from prompts alone: the checkpoint draws the
/// pictures itself, and later rounds' prompts redraw those that it has drawn of the earlier ones.
/// </summary>
internal sealed class FewStepLoraStage : TrainingStage
{
    // How many timesteps it learns at, of which the teacher's path has every second one.
    private const int Timesteps = 20;
    private const double LeastStrength = 0.3;
    private const double MostStrength = 0.95;

    private readonly PipelineComponents parts;
    private readonly UNet2DConditionModel student;
    private readonly LowRankAdaptation adaptation;
    private readonly FewStepObjective objective;
    private readonly FewStepLoraOptions options;
    private readonly IReadOnlyList<PromptSession> sessions;
    private readonly string output;
    private Tensor? drawn;

    /// <param name="model">The checkpoint, a folder or a single file.</param>
    /// <param name="device">Where it is trained.</param>
    /// <param name="sessions">The prompts.</param>
    /// <param name="options">What for.</param>
    /// <param name="output">Where the LoRA goes, a .safetensors file.</param>
    /// <exception cref="TrainingException">An option is out of range, or the checkpoint is distilled already.</exception>
    /// <exception cref="DiffusionXException">The checkpoint can't be loaded.</exception>
    public FewStepLoraStage(string model, string device, IReadOnlyList<PromptSession> sessions, FewStepLoraOptions options, string output)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        this.options = options;
        this.sessions = sessions;
        this.output = output;
        using var scope = NewDisposeScope();
        var loading = new DiffusionModelOptions { Device = device, Precision = Precision.Float32 };
        parts = new DiffusionModelLoader(DiffusionModelLoader.Open(model, loading), loading, progress: null, CancellationToken.None).Load();
        try
        {
            CheckTeacher(model);
            student = Copy(parts.UNet);
            adaptation = new LowRankAdaptation(student, parts.UNet, options.Rank, options.Alpha);
            objective = new FewStepObjective(parts.Scheduler.Config with { Kind = SchedulerKind.Lcm, OriginalInferenceSteps = Timesteps });
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Name => "few-step-lora";

    /// <inheritdoc/>
    public override nn.Module Learner => adaptation;

    /// <inheritdoc/>
    public override TrainingPlan Plan => new() { Steps = 1000, BatchSize = 4, LearningRate = 1e-4, WarmUpSteps = 50, AverageDecay = 0.99, WeightDecay = 0 };

    /// <summary>The UNet that learns.</summary>
    internal UNet2DConditionModel Student => student;

    /// <summary>Puts what was learned into its weights.</summary>
    internal void Merge() => adaptation.Merge();

    /// <inheritdoc/>
    public override Tensor Loss(int step, int batchSize)
    {
        using var scope = NewDisposeScope();
        var batch = Next(step, batchSize);
        return adaptation.Loss(() => LossOfStudent(batch)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Show(TrainingSnapshot snapshot) => Export();

    /// <inheritdoc/>
    public override void Export()
    {
        if (Path.GetDirectoryName(Path.GetFullPath(output)) is { } folder)
        {
            Directory.CreateDirectory(folder);
        }

        adaptation.Save(output);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        drawn?.Dispose();
        adaptation.Dispose();
        student.Dispose();
        parts.Dispose();
        base.Dispose(disposing);
    }

    private static UNet2DConditionModel Copy(UNet2DConditionModel unet)
    {
        using var placement = ParameterPlacement.On(unet.parameters().First().device, ScalarType.Float32);
        var copy = new UNet2DConditionModel(unet.Config);
        copy.CopyFrom(unet);
        return copy;
    }

    private void CheckTeacher(string model)
    {
        if (parts.Scheduler.Kind.IsDistilled() || parts.UNet.Config.GuidanceEmbeddingDim is not null)
        {
            throw new TrainingException($"{model} draws in a few steps already. Name the checkpoint that it was distilled from.");
        }

        if (parts.UNet.Config.InChannels != parts.Codec.Config.LatentChannels)
        {
            throw new TrainingException($"{model} is shown a mask and a picture besides its latents; a LoRA for few steps is trained for models that take latents alone.");
        }
    }

    private Tensor LossOfStudent(FewStepBatch batch)
    {
        var (loss, ends) = objective.LossAndEnds(student, parts.UNet, batch);
        drawn?.Dispose();
        drawn = ends.DetachFromDisposeScope();
        return loss;
    }

    // By turns from noise, for first rounds, and from what the turn before has drawn, for the same sessions' last ones.
    private FewStepBatch Next(int step, int batchSize)
    {
        using var noGradient = no_grad();
        var redraws = step % 2 == 1 && drawn?.shape[0] == batchSize;
        var first = (long)(step / 2) * batchSize;
        var prompts = Enumerable.Range(0, batchSize)
            .Select(i => sessions[(int)((first + i) % sessions.Count)].Rounds)
            .Select(rounds => (redraws ? rounds[^1] : rounds[0]).Prompt);
        var (contexts, pooled, emptyContext, emptyPooled) = Read([.. prompts]);
        var pixels = options.Size ?? parts.UNet.Config.SampleSize * parts.Codec.Config.PixelsPerLatent;
        var side = pixels / parts.Codec.Config.PixelsPerLatent;
        var clean = redraws ? drawn!.alias() : zeros(batchSize, parts.UNet.Config.InChannels, side, side, device: parts.Device);
        var batch = new FewStepBatch(clean, redraws ? DrawStrength() : 1, contexts, emptyContext, options.GuidanceScale);
        return parts.UNet.Config.TextTime is null
            ? batch
            : batch with { Pooled = pooled, EmptyPooled = emptyPooled, TimeIds = tensor(new SizeConditioning().TimeIds(pixels, pixels), [1, 6], device: parts.Device) };
    }

    private (Tensor Contexts, Tensor? Pooled, Tensor EmptyContext, Tensor? EmptyPooled) Read(string[] prompts)
    {
        var read = prompts.Select(prompt => parts.Prompts.Encode(prompt, negativePrompt: "", PromptSyntax.Plain)).ToArray();
        Tensor Join(Func<(PromptConditioning Prompt, PromptConditioning? Negative), Tensor> part) => cat([.. read.Select(part)], 0);

        var isPooled = read[0].Prompt.Pooled is not null;
        return (
            Join(each => each.Prompt.Context),
            isPooled ? Join(each => each.Prompt.Pooled!) : null,
            Join(each => each.Negative!.Context),
            isPooled ? Join(each => each.Negative!.Pooled!) : null);
    }

    private static double DrawStrength() => Math.Round(LeastStrength + ((MostStrength - LeastStrength) * rand(1).item<float>()), 2);
}
