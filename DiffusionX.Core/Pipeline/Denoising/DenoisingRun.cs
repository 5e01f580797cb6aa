using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Schedulers;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Denoising;

/// <summary>
/// A run on its way from its first timestep to its last, one step at a time: its latents, and all that it remembers between steps. Who asks
/// the UNet for it may ask for others in the same call.
/// </summary>
internal sealed class DenoisingRun : IDisposable
{
    private readonly Inpainting inpainting;
    private readonly SamplingPlan plan;
    private readonly DenoisingOptions options;
    private readonly TextContext text;
    private readonly TextContext? promptAlone;
    private readonly DeepCacheFeatures? deep;
    private readonly Sampler sampler;
    private readonly LatentChange change = new();
    private readonly int end;
    private int step;

    /// <param name="start">What the plan starts from; it stays the caller's, who keeps it as long as the run.</param>
    /// <param name="plan">The timesteps.</param>
    /// <param name="text">From <see cref="DenoisingLoop.Attend"/>; it stays the caller's too.</param>
    /// <param name="options">How its steps are computed, and which of them.</param>
    /// <param name="noise">Fresh noise on the device, for samplers that add it.</param>
    public DenoisingRun(DenoisingStart start, SamplingPlan plan, TextContext text, DenoisingOptions options, Func<Tensor> noise)
    {
        inpainting = start.Inpainting;
        this.plan = plan;
        this.options = options;
        this.text = text;
        Latents = start.Noisy.alias().DetachFromDisposeScope();
        promptAlone = options.GuidanceInterval is null ? null : text.Last(Latents.size(0));
        deep = options.DeepCache is { } cache ? new DeepCacheFeatures(cache.ShallowLevels, cache.Interval) : null;
        sampler = plan.Start(noise);
        end = options.StopAfter ?? plan.Timesteps.Count;
    }

    /// <summary>Where it is, [B, 4, h, w] in float32; the run's own, until the next step.</summary>
    public Tensor Latents { get; private set; }

    /// <summary>Whether all of its steps are taken.</summary>
    public bool IsDone => step >= end;

    /// <summary>How many steps it has left, at most.</summary>
    public int StepsLeft => end - step;

    /// <summary>What the samples of its next step attend to; the run's own.</summary>
    public TextContext Text => IsGuided ? text : promptAlone ?? text;

    /// <summary>What has to be the same in runs that take their next steps in one call of the UNet.</summary>
    public StepShape NextShape
    {
        get
        {
            var (images, sides) = (Latents.size(0), inpainting.ModelInputShape(Latents));
            long[] sample = [IsGuided ? 2 * images : images, .. sides];
            return new StepShape(sides[1], sides[2], Text.Length, deep?.CanServe(sample) == true ? deep.ShallowLevels : 0);
        }
    }

    private bool IsGuided => options.GuidesAt(plan.Sigmas[step]);

    /// <summary>What it asks the UNet in its next step.</summary>
    public UNetQuery Ask()
    {
        var input = inpainting.ToModelInput(sampler.ScaleModelInput(Latents, step));
        return new UNetQuery(input, plan.Timesteps[step], IsGuided ? options.GuidanceScale : null) { Deep = deep };
    }

    /// <summary>Takes the step.</summary>
    /// <param name="prediction">The answer, [B, 4, h, w] in float32; it stays the caller's.</param>
    /// <param name="reused">Whether the deep part of the UNet was reused from an earlier step.</param>
    /// <returns>What the run looks like now; the expected latents belong to the dispose scope.</returns>
    public DenoisedStep Advance(Tensor prediction, bool reused)
    {
        var (from, isGuided) = (step, IsGuided);
        var following = options.SkipSteps.Next(from, end, options.ScheduleSteps, change.PerStep);
        using var stepped = sampler.Step(prediction, Latents, from, following);
        var next = inpainting.PutBack(stepped, plan, following).DetachFromDisposeScope();
        Latents.Dispose();
        Latents = next;
        step = following;
        if (options.SkipSteps.WatchesChange)
        {
            change.Observe(sampler.Expected, following - from);
        }

        return new DenoisedStep(from, following, isGuided, reused, Latents, inpainting.PutBack(sampler.Expected));
    }

    /// <summary>
    /// Where it is, for another process to go on from; null for a run that is done, or that carries more from step to step than can be saved: noise that it
    /// draws, parts of the UNet that it reuses, how its latents changed.
    /// </summary>
    /// <param name="stepsRun">How many steps were computed.</param>
    public SavedDenoising? Save(int stepsRun)
    {
        if (IsDone || deep is not null || options.SkipSteps.WatchesChange || sampler.Memory is not { } memory || Latents.size(0) != 1)
        {
            return null;
        }

        return new SavedDenoising(step, stepsRun, Latent.FromBatch(Latents)[0], [.. memory.Select(each => (Latent.FromBatch(each.Output)[0], each.Lambda))]);
    }

    /// <summary>Goes on from where another process came, before its own first step.</summary>
    /// <returns>Whether that fits this run; where it does not, the run begins at its start.</returns>
    public bool Restore(SavedDenoising saved)
    {
        if (saved.NextStep < 1 || saved.NextStep >= end || !saved.HasSizeOf(Latents) || sampler.Memory is null)
        {
            return false;
        }

        var device = Latents.device;
        Latents.Dispose();
        Latents = saved.Latent.ToTensor().to(device).DetachFromDisposeScope();
        sampler.Recall([.. saved.Memory.Select(each => (each.Output.ToTensor().to(device).DetachFromDisposeScope(), each.Lambda))]);
        step = saved.NextStep;
        return true;
    }

    public void Dispose()
    {
        Latents.Dispose();
        promptAlone?.Dispose();
        deep?.Dispose();
        sampler.Dispose();
        change.Dispose();
    }
}

/// <summary>What runs have in common that take a step in one call of the UNet.</summary>
/// <param name="Height">Of the latent.</param>
/// <param name="Width">Of the latent.</param>
/// <param name="TextLength">Tokens that a sample attends to.</param>
/// <param name="ShallowLevels">The levels that are computed, where the others are reused from an earlier step; 0 for all.</param>
internal readonly record struct StepShape(long Height, long Width, long TextLength, int ShallowLevels)
{
    /// <summary>Whether the deep part of the UNet is reused from an earlier step.</summary>
    public bool IsReused => ShallowLevels > 0;
}
