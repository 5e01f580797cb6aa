using System.Diagnostics;
using DiffusionX.Models.Common;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline;

/// <summary>
/// One run: from a checked request to pictures. It is made for one run and lives on the model's compute thread, where it is prepared, taken
/// step by step, and brought to its end; between any two of these others may have their turn.
/// </summary>
internal sealed class GenerationRun : IDisposable
{
    private readonly PipelineComponents parts;
    private readonly IProgress<GenerationProgress>? progress;
    private readonly Stopwatch clock = new();
    private SeededNoise? noise;
    private TextContext? text;
    private DenoisingStart? start;
    private DenoisingRun? denoising;
    private TimeSpan prepared;
    private TimeSpan denoised;
    private IReadOnlyList<GeneratedImage>? images;
    private int stepsRun;
    private int guidedSteps;
    private int reusedSteps;

    public GenerationRun(PipelineComponents parts, GenerationPlan plan, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        this.parts = parts;
        Plan = plan;
        this.progress = progress;
        CancellationToken = cancellationToken;
    }

    /// <summary>What is drawn, and how.</summary>
    public GenerationPlan Plan { get; }

    /// <summary>Stops it; looked at before each step, and before and while its latents are encoded and decoded.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Whether it was prepared.</summary>
    public bool IsPrepared => denoising is not null;

    /// <summary>Its way from one timestep to the next, once it is prepared.</summary>
    public DenoisingRun Denoising => denoising ?? throw new InvalidOperationException("The run was not prepared.");

    /// <summary>The prompts that it reads: the negative one with guidance only.</summary>
    public string[] Prompts => Plan.Denoising.GuidanceScale > 1 ? [Request.Prompt, Request.NegativePrompt] : [Request.Prompt];

    private GenerationRequest Request => Plan.Request;

    /// <summary>What the VAE makes of its start picture, where that was computed together with others'; it stays the caller's.</summary>
    public Posterior? Posterior { get; set; }

    /// <summary>Whether it starts from a picture that has to be encoded.</summary>
    public bool EncodesPicture => Request.InitImage is not null && Plan.NeedsCleanStart;

    /// <summary>Reads the prompts and makes of its start what it begins with.</summary>
    public void Prepare()
    {
        clock.Start();
        using var scope = NewDisposeScope();
        noise = new SeededNoise(Request.Seed, Request.ImageCount, [1, Plan.Channels, Plan.LatentHeight, Plan.LatentWidth]);
        text = parts.ReadPrompts(Plan, Request.ImageCount);
        using var pixels = PipelineComponents.ReadPicture(Plan);
        start = new StartEncoder(Plan, parts.Codec, pixels, noise.Next, CancellationToken) { Posterior = Posterior }.Prepare();
        start.Noisy.DetachFromDisposeScope();
        denoising = new DenoisingRun(start, Plan.Sampling, text, Plan.Denoising, () => noise.Next().Into(n => n.to(parts.Device)));
        if (Request.Resume is { } saved && denoising.Restore(saved))
        {
            stepsRun = saved.StepsRun;
        }

        prepared = clock.Elapsed;
    }

    /// <summary>Counts a step, and tells of it.</summary>
    public void AfterStep(DenoisedStep step)
    {
        stepsRun++;
        guidedSteps += step.Guided ? 1 : 0;
        reusedSteps += step.Reused ? 1 : 0;
        denoised = clock.Elapsed;
        Report(step);
        Spare();
    }

    /// <summary>Takes the pictures of its latents.</summary>
    /// <param name="pixels">[B, 3, H, W] in [0, 1] on the CPU.</param>
    public void TakePictures(Tensor pixels) => images = PipelineComponents.ToImages(pixels, Denoising.Latents, Request.Seed);

    /// <summary>What it gave, after <see cref="TakePictures"/>.</summary>
    public GenerationResult ToResult()
    {
        var timings = new GenerationTimings(prepared, denoised - prepared, clock.Elapsed - denoised);
        PromptChunks[] cut = [.. Prompts.Select(prompt => parts.Prompts.Chunks(prompt, Request.PromptSyntax)).Where(chunks => chunks.TokensCut > 0)];
        return new GenerationResult(images!, stepsRun, cut.Sum(chunks => chunks.TokensCut), timings)
        {
            PromptWordsCut = string.Join(" … ", cut.Select(chunks => chunks.WordsCut)),
            GuidedSteps = guidedSteps,
            ReusedSteps = reusedSteps,
        };
    }

    /// <summary>What it leaves to another model, where its plan stops early.</summary>
    public PartialDenoising ToPartial() => Plan.Stopped(Latent.FromBatch(Denoising.Latents)[0], stepsRun);

    public void Dispose()
    {
        denoising?.Dispose();
        start?.Dispose();
        text?.Dispose();
        noise?.Dispose();
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
        progress.Report(new GenerationProgress(step.Next, Plan.Sampling.Timesteps.Count, clock.Elapsed, preview) { Save = () => Denoising.Save(stepsRun) });
    }

    // A step that leaves out others may pass by the one that a preview is due at.
    private bool WantsPreview(DenoisedStep step) => Request.PreviewEvery > 0 && step.Next / Request.PreviewEvery > step.Index / Request.PreviewEvery;
}
