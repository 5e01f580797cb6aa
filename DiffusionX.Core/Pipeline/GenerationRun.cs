using System.Diagnostics;
using DiffusionX.Models.Common;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline;

/// <summary>One run: from a checked request to pictures. It is made for one run and lives on the model's compute thread.</summary>
internal sealed class GenerationRun
{
    private readonly PipelineComponents parts;
    private readonly GenerationPlan plan;
    private readonly IProgress<GenerationProgress>? progress;
    private readonly CancellationToken cancellationToken;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private TimeSpan prepared;
    private int stepsRun;
    private int guidedSteps;
    private int reusedSteps;

    public GenerationRun(PipelineComponents parts, GenerationPlan plan, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        this.parts = parts;
        this.plan = plan;
        this.progress = progress;
        this.cancellationToken = cancellationToken;
    }

    private GenerationRequest Request => plan.Request;

    /// <summary>Runs it.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; seen before each step and before decoding.</exception>
    public GenerationResult Execute()
    {
        using var latents = Denoise();
        var denoised = clock.Elapsed;

        cancellationToken.ThrowIfCancellationRequested();
        var images = parts.Decode(latents, Request.Seed, cancellationToken);
        var timings = new GenerationTimings(prepared, denoised - prepared, clock.Elapsed - denoised);
        PromptChunks[] cut = [.. Prompts().Select(prompt => parts.Prompts.Chunks(prompt, Request.PromptSyntax)).Where(chunks => chunks.TokensCut > 0)];
        return new GenerationResult(images, stepsRun, cut.Sum(chunks => chunks.TokensCut), timings)
        {
            PromptWordsCut = string.Join(" … ", cut.Select(chunks => chunks.WordsCut)),
            GuidedSteps = guidedSteps,
            ReusedSteps = reusedSteps,
        };
    }

    /// <summary>Runs it to where the plan stops early, and leaves the rest to another model.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; seen before each step.</exception>
    public PartialDenoising Begin()
    {
        using var latents = Denoise();
        return plan.Stopped(Latent.FromBatch(latents)[0], stepsRun);
    }

    /// <summary>The prompts that are read: the negative one with guidance only.</summary>
    private string[] Prompts() => plan.Denoising.GuidanceScale > 1 ? [Request.Prompt, Request.NegativePrompt] : [Request.Prompt];

    private Tensor Denoise()
    {
        using var noise = new SeededNoise(Request.Seed, Request.ImageCount, [1, plan.Channels, plan.LatentHeight, plan.LatentWidth]);
        using var text = parts.ReadPrompts(plan, Request.ImageCount);
        using var pixels = PipelineComponents.ReadPicture(plan);
        using var start = new StartEncoder(plan, parts.Codec, pixels, noise.Next, cancellationToken).Prepare();
        prepared = clock.Elapsed;
        return parts.DenoisingLoop.Run(
            start, plan.Sampling, text, plan.Denoising, () => noise.Next().Into(n => n.to(parts.Device)), AfterStep, cancellationToken);
    }

    private void AfterStep(DenoisedStep step)
    {
        stepsRun++;
        guidedSteps += step.Guided ? 1 : 0;
        reusedSteps += step.Reused ? 1 : 0;
        Report(step);
        Spare();
    }

    private void Spare()
    {
        if (parts.SparesMemory)
        {
            NativeHeap.Trim();
        }
    }

    private void Report(DenoisedStep step)
    {
        if (progress is null)
        {
            return;
        }

        var preview = WantsPreview(step) ? parts.Preview.Draw(step.Expected) : null;
        progress.Report(new GenerationProgress(step.Next, plan.Sampling.Timesteps.Count, clock.Elapsed, preview));
    }

    // A step that leaves out others may pass by the one that a preview is due at.
    private bool WantsPreview(DenoisedStep step) => Request.PreviewEvery > 0 && step.Next / Request.PreviewEvery > step.Index / Request.PreviewEvery;
}
