using DiffusionX.Imaging;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Schedulers;
using DiffusionX.Schedulers.Skipping;
using DiffusionX.Transport;

namespace DiffusionX.Pipeline;

/// <summary>
/// A request that was checked against a model: everything a run has to know, and nothing left that could be wrong with it.
/// </summary>
internal sealed record GenerationPlan(GenerationRequest Request, SamplingPlan Sampling, int Height, int Width, int Channels, int PixelsPerLatent)
{
    public int LatentHeight => Height / PixelsPerLatent;

    public int LatentWidth => Width / PixelsPerLatent;

    /// <summary>After how many of the steps to stop; null for their end.</summary>
    public int? StopAfter { get; private init; }

    /// <summary>Whether the UNet was made for inpainting, and is shown a mask and what it keeps.</summary>
    public bool IsForInpainting { get; private init; }

    /// <summary>What is redrawn, in latent positions; null for all.</summary>
    public Mask? LatentMask { get; private init; }

    /// <summary>
    /// Whether the run starts from nothing but noise: without a start, or where all of the masked part of it is to be redrawn.
    /// </summary>
    public bool StartsFromNoise => !Starts(Request) || (LatentMask is not null && Request.Strength == 1);

    /// <summary>Whether the clean latent of the start is needed: to put noise on it, or to put back what is kept of it.</summary>
    public bool NeedsCleanStart => !StartsFromNoise || (LatentMask is not null && !IsForInpainting);

    /// <summary>Whether the UNet is told the guidance scale, and imitates guidance, so that there is none.</summary>
    private bool EmbedsGuidance { get; init; }

    /// <summary>How its steps are computed.</summary>
    public DenoisingOptions Denoising => new(EmbedsGuidance ? 1 : Request.GuidanceScale)
    {
        StopAfter = StopAfter,
        GuidanceInterval = Request.GuidanceInterval,
        SkipSteps = Request.SkipSteps,
        ScheduleSteps = Request.Steps,
        DeepCache = Request.DeepCache,
    };

    /// <summary>Checks a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="scheduler">The solver that it runs with.</param>
    /// <param name="vae">The shape of the model's VAE.</param>
    /// <param name="unet">The shape of its UNet.</param>
    /// <exception cref="GenerationException">A setting can't be met.</exception>
    /// <exception cref="SchedulerException">The steps or the strength are out of range.</exception>
    public static GenerationPlan Check(GenerationRequest request, Scheduler scheduler, AutoencoderKLConfig vae, UNet2DConditionConfig unet)
    {
        CheckSettings(request);
        CheckCache(request.DeepCache, unet);
        CheckStart(request, vae);
        CheckConditions(request, unet);
        var factor = vae.PixelsPerLatent;
        var given = request.ContinueFrom?.Noisy ?? request.InitLatent;
        var height = request.Height ?? given?.Height * factor ?? RoundDown(request.InitImage?.Height, factor) ?? unet.SampleSize * factor;
        var width = request.Width ?? given?.Width * factor ?? RoundDown(request.InitImage?.Width, factor) ?? unet.SampleSize * factor;
        CheckSides(width, height, factor);
        if (given is { } latent && (latent.Height * factor != height || latent.Width * factor != width))
        {
            throw new GenerationException(
                $"The start latent is {latent.Width * factor}×{latent.Height * factor} pixels and {width}×{height} were asked for. Leave out the size, or start from a picture.");
        }

        var sampling = Sample(request, scheduler);
        CheckSkipping(request.SkipSteps, scheduler.Kind, sampling);
        return new GenerationPlan(request, sampling, height, width, vae.LatentChannels, factor)
        {
            EmbedsGuidance = unet.GuidanceEmbeddingDim is not null,
            IsForInpainting = unet.InChannels != vae.LatentChannels,
            LatentMask = request.InitMask?.Resize(width / factor, height / factor),
        };
    }

    /// <summary>The same plan, but for its end: it stops on the way, where another model can go on.</summary>
    /// <param name="steps">How many of its steps to run.</param>
    /// <exception cref="GenerationException">The run has not that many steps, and one more for the other model.</exception>
    /// <exception cref="SchedulerException">Its solver remembers too much to be stopped.</exception>
    public GenerationPlan StopEarly(int steps)
    {
        if (!Sampling.TakesUnevenSteps)
        {
            throw new SchedulerException("The run's solver can't be stopped on the way and gone on with elsewhere. Use DpmSolverPlusPlus2M, UniPC, Euler or Ddim.");
        }

        if (steps < 1 || steps >= Sampling.Timesteps.Count)
        {
            throw new GenerationException($"The first {steps} steps were asked for of a run that has {Sampling.Timesteps.Count}; at least one has to be run, and one to be left.");
        }

        return Request.ImageCount == 1
            ? this with { StopAfter = steps }
            : throw new GenerationException($"{Request.ImageCount} pictures were asked for; only a run of one can be stopped on the way.");
    }

    /// <summary>The same, with the end said as a fraction of the noise that is taken off: diffusers' <c>denoising_end</c>.</summary>
    /// <param name="denoisingEnd">Above 0 and below 1.</param>
    /// <param name="scheduler">The solver that the run was planned with.</param>
    /// <exception cref="GenerationException">The fraction is out of range, or leaves one of both models without a step.</exception>
    /// <exception cref="SchedulerException">Its solver remembers too much to be stopped.</exception>
    public GenerationPlan StopEarly(double denoisingEnd, Scheduler scheduler)
    {
        if (!(denoisingEnd > 0 && denoisingEnd < 1))
        {
            throw new GenerationException(FormattableString.Invariant($"The run was to be left at {denoisingEnd} of its way; it has to be above 0 and below 1."));
        }

        return StopEarly(scheduler.StepsBefore(Sampling, denoisingEnd));
    }

    /// <summary>What such a run leaves.</summary>
    /// <param name="noisy">Where it stopped.</param>
    /// <param name="stepsRun">How many steps of the UNet it took.</param>
    public PartialDenoising Stopped(Latent noisy, int stepsRun)
    {
        var next = StopAfter!.Value;
        return new PartialDenoising(noisy, Request.Steps - Sampling.Timesteps.Count + next, Sampling.Sigmas[next]) { StepsRun = stepsRun };
    }

    /// <summary>Checks that the run can go side by side with others of other strengths.</summary>
    /// <exception cref="GenerationException">It has no start to redraw, or spares work in a way that is different for each run.</exception>
    /// <exception cref="SchedulerException">Its solver has other timesteps for each strength.</exception>
    public GenerationPlan CheckSideBySide()
    {
        if (!Starts(Request))
        {
            throw new GenerationException("There is nothing to redraw. Give a start latent or a start picture.");
        }

        if (LatentMask is not null || IsForInpainting)
        {
            throw new GenerationException("Runs side by side redraw all of their start, with a model that was not made for inpainting: leave out the mask, or take another model.");
        }

        if (Request.SkipSteps.WatchesChange || Request.DeepCache is not null || Request.GuidanceInterval is not null)
        {
            throw new GenerationException("Runs side by side can't go by how their latents change, nor share features or leave out guidance: leave out adaptive skipping, the feature cache and the guidance interval.");
        }

        return Sampling.TakesUnevenSteps && !Sampling.AddsNoise
            ? this
            : throw new SchedulerException("The run's solver has other timesteps for each strength, or adds fresh noise. Use DpmSolverPlusPlus2M, UniPC, Euler or Ddim.");
    }

    /// <summary>Checks that a latent can be one of this VAE.</summary>
    public static void CheckChannels(Latent latent, AutoencoderKLConfig vae)
    {
        if (latent.Channels != vae.LatentChannels)
        {
            throw new GenerationException(
                $"The latent has {latent.Channels} channels and this model's latents have {vae.LatentChannels}. It comes from another kind of model; start from a picture.");
        }
    }

    /// <summary>Checks a picture's size.</summary>
    public static void CheckSides(int width, int height, int factor)
    {
        CheckSide(nameof(GenerationRequest.Height), height, factor);
        CheckSide(nameof(GenerationRequest.Width), width, factor);
    }

    private static void CheckSettings(GenerationRequest request)
    {
        if (request.Prompt is null || request.NegativePrompt is null)
        {
            throw new GenerationException("The prompt and the negative prompt must not be null. An empty text is a valid prompt.");
        }

        if (!(request.GuidanceScale >= 0 && request.GuidanceScale <= GenerationRequest.MaxGuidanceScale))
        {
            throw new GenerationException(FormattableString.Invariant(
                $"The guidance scale is {request.GuidanceScale}; it has to be from 0 to {GenerationRequest.MaxGuidanceScale}. Usual are 1 (no guidance) to 15."));
        }

        if (request.GuidanceInterval is { } interval && !(interval.LowestSigma >= 0 && interval.LowestSigma < interval.HighestSigma))
        {
            throw new GenerationException(
                $"The guidance interval is from {interval.LowestSigma} to {interval.HighestSigma}; it has to begin at 0 or above, and to end above where it begins.");
        }

        if (request.ImageCount is < 1 or > GenerationRequest.MaxImages)
        {
            throw new GenerationException($"{request.ImageCount} pictures were asked for; one run draws 1 to {GenerationRequest.MaxImages}.");
        }

        if (request.PreviewEvery < 0)
        {
            throw new GenerationException($"Previews after every {request.PreviewEvery} steps were asked for; use 0 for none.");
        }
    }

    private static void CheckConditions(GenerationRequest request, UNet2DConditionConfig unet)
    {
        if (request.SizeConditioning is not null && unet.TextTime is null)
        {
            throw new GenerationException($"{nameof(GenerationRequest.SizeConditioning)} is for Stable Diffusion XL; this model is not told sizes. Leave it out.");
        }

        request.SizeConditioning?.Validate(new OptionChecker(message => new GenerationException(message)).Of(nameof(GenerationRequest.SizeConditioning)));
        if (request.GuidanceInterval is not null && unet.GuidanceEmbeddingDim is not null)
        {
            throw new GenerationException(
                $"This model is told the guidance scale and computes no guidance, so that there is nothing for a {nameof(GenerationRequest.GuidanceInterval)} to leave out.");
        }
    }

    private static void CheckCache(DeepCacheOptions? cache, UNet2DConditionConfig unet)
    {
        var levels = unet.BlockOutChannels.Count;
        if (cache is not null && (cache.Interval < 1 || cache.ShallowLevels < 1 || cache.ShallowLevels >= levels))
        {
            throw new GenerationException(
                $"The feature cache has an interval of {cache.Interval} and {cache.ShallowLevels} shallow levels; the interval has to be at least 1, "
                + $"and this model's UNet has {levels} levels, of which 1 to {levels - 1} can be shallow.");
        }
    }

    private static void CheckSkipping(SkipStepSchedule? skipSteps, SchedulerKind solver, SamplingPlan sampling)
    {
        if (skipSteps is null)
        {
            throw new GenerationException($"{nameof(GenerationRequest.SkipSteps)} is null. Leave it out, or use {nameof(SkipStepSchedule)}.{nameof(SkipStepSchedule.None)}.");
        }

        if (skipSteps != SkipStepSchedule.None && !sampling.TakesUnevenSteps)
        {
            throw new SchedulerException(
                $"{solver} can't leave out steps of its schedule, which {nameof(GenerationRequest.SkipSteps)} asks for. Use DpmSolverPlusPlus2M, UniPC, Euler or Ddim, or skip no steps.");
        }
    }

    private static SamplingPlan Sample(GenerationRequest request, Scheduler scheduler)
    {
        if (request.ContinueFrom is { } partialRun)
        {
            return Rest(partialRun, request.Steps, scheduler);
        }

        return scheduler.Plan(request.Steps, Starts(request) ? request.Strength : 1);
    }

    private static bool Starts(GenerationRequest request) => request.InitImage is not null || request.InitLatent is not null;

    private static SamplingPlan Rest(PartialDenoising partialRun, int steps, Scheduler scheduler)
    {
        const double Tolerance = 1e-3;
        if (partialRun.NextStep < 0 || partialRun.NextStep >= steps)
        {
            throw new GenerationException($"The partial denoising is at step {partialRun.NextStep} of {steps}; nothing is left of it.");
        }

        var rest = scheduler.Plan(steps, (steps - partialRun.NextStep) / (double)steps);
        if (!rest.TakesUnevenSteps)
        {
            throw new SchedulerException($"{scheduler.Kind} can't continue a partial denoising of another model. Use DpmSolverPlusPlus2M, UniPC, Euler or Ddim.");
        }

        return Math.Abs(rest.Sigmas[0] - partialRun.Sigma) <= Tolerance * partialRun.Sigma
            ? rest
            : throw new GenerationException(FormattableString.Invariant(
                $"The partial denoising has a noise of {partialRun.Sigma:G4} at step {partialRun.NextStep}, where this model has {rest.Sigmas[0]:G4}: they have other schedules or other steps."));
    }

    private static void CheckStart(GenerationRequest request, AutoencoderKLConfig vae)
    {
        object?[] starts = [request.InitImage, request.InitLatent, request.ContinueFrom];
        if (starts.Count(start => start is not null) > 1)
        {
            throw new GenerationException("More than one of a start picture, a start latent and a partial denoising were given; a run starts from one of them.");
        }

        if ((request.ContinueFrom?.Noisy ?? request.InitLatent) is { } latent)
        {
            CheckChannels(latent, vae);
        }

        if (request.InitMask is not null && !Starts(request))
        {
            throw new GenerationException(request.ContinueFrom is null
                ? $"A mask says what of a start is redrawn, and there is none. Give {nameof(GenerationRequest.InitImage)} or {nameof(GenerationRequest.InitLatent)}, or leave out the mask."
                : "A partial denoising can't be continued under a mask: the clean start, which the mask keeps, is not in it. Start from the beginning, or leave out the mask.");
        }
    }

    private static void CheckSide(string name, int pixels, int factor)
    {
        if (pixels < factor || pixels > GenerationRequest.MaxSide || pixels % factor != 0)
        {
            throw new GenerationException(
                $"{name} is {pixels}; it has to be a multiple of {factor}, from {factor} to {GenerationRequest.MaxSide}. The nearest is {Nearest(pixels, factor)}.");
        }
    }

    private static int Nearest(int pixels, int factor) =>
        Math.Clamp((int)Math.Round(pixels / (double)factor) * factor, factor, GenerationRequest.MaxSide / factor * factor);

    private static int? RoundDown(int? pixels, int factor) => pixels is { } p ? Math.Max(factor, p / factor * factor) : null;
}
