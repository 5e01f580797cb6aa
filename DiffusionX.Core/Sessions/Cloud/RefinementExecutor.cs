using DiffusionX.Checkpoints;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Conditioning;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Runtime;
using DiffusionX.Schedulers;
using DiffusionX.Schedulers.Skipping;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Strength;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Sessions.Cloud;

/// <summary>What there is to compute, and who hears of it.</summary>
internal sealed record RefinementWork
{
    public required Refine Request { get; init; }

    /// <summary>How long it waited.</summary>
    public TimeSpan Queued { get; init; }

    /// <summary>How long it may still take, asked when its computing begins; null for as long as it takes.</summary>
    public Func<TimeSpan>? TimeLeft { get; init; }

    /// <summary>Whose it is: owners share the time. Null where that is not known.</summary>
    public object? Owner { get; init; }

    /// <summary>Told after each step, on the model's compute thread.</summary>
    public required Action<RequestMessage> Tell { get; init; }

    /// <summary>Where another process came with it; null for its start.</summary>
    public SavedRun? Saved { get; init; }

    /// <summary>Given where it is, once half of its steps are done, at most once a second; null where nobody wants to know.</summary>
    public Action<SavedRun>? Save { get; init; }

    /// <summary>Cancelled when it is to stop.</summary>
    public CancellationToken Stopping { get; init; }
}

/// <summary>One request, computed.</summary>
internal sealed class RefinementExecutor(
    DiffusionModel model, CloudRefinerOptions options, LoraCatalogue catalogue, RefinementWork work, ILogger log)
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(1);

    private readonly long began = options.TimeProvider.GetTimestamp();
    private readonly IReadOnlyList<LoraSelection>? loras = catalogue.Find(work.Request);

    private double strength;
    private long lastSaved = options.TimeProvider.GetTimestamp();

    private Refine Request => work.Request;

    private Guid RequestId => Request.RequestId;

    private string Name => SecretId.NameOf(RequestId);

    private PromptSyntax Syntax => Request.PromptNotation.ToSyntax();

    /// <summary>Computes the request; never fails itself.</summary>
    /// <returns>The result or the error, and how long that took.</returns>
    public async Task<(RequestMessage Outcome, TimeSpan Compute)> RunAsync()
    {
        var queued = work.Queued;
        using var span = CloudTelemetry.StartRun(Request, queued, options.PromptsInTelemetry);
        RequestMessage outcome;
        try
        {
            outcome = await ComputeAsync(queued).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            SessionTelemetry.Fail(span, error);
            outcome = ToError(error);
        }

        var compute = options.TimeProvider.GetElapsedTime(began);
        CloudTelemetry.Ran(span, outcome, queued, compute);
        return (outcome, compute);
    }

    private async Task<Result> ComputeAsync(TimeSpan queued)
    {
        var (latent, picture) = ReadDraft();
        strength = work.Saved?.Strength ?? Request.Strength ?? await PredictAsync(latent, picture).ConfigureAwait(false);
        var request = new GenerationRequest
        {
            Prompt = Request.Prompt,
            NegativePrompt = Request.NegativePrompt,
            PromptSyntax = Syntax,
            Loras = loras,
            GuidanceScale = Request.GuidanceScale,
            Seed = Request.Seed,
            Steps = Request.Steps,
            Scheduler = options.Scheduler,
            InitLatent = Request.Relay is null ? latent : null,
            InitImage = picture,
            InitMask = Request.Mask is { } mask ? Mask.Unpack(mask.Width, mask.Height, mask.Bits) : null,
            ContinueFrom = Request.Relay is { } relay ? new PartialDenoising(latent!, relay.NextStep, relay.Sigma) : null,
            Strength = strength,
            SkipSteps = options.SkipSteps ?? StepsToSpare(),
            DeepCache = options.DeepCache,
            GuidanceInterval = options.GuidanceInterval,
            PreviewEvery = Request.PreviewEvery,
            Resume = work.Saved?.Denoising,
        };
        var generated = await model.GenerateAsync(
            request, new ImmediateProgress<GenerationProgress>(Tell), work.TimeLeft?.Invoke(), work.Owner, work.Stopping).ConfigureAwait(false);
        return ToResult(generated, queued);
    }

    // A run that the edge began is its trajectory, and gone on with step by step.
    private SkipStepSchedule StepsToSpare() =>
        Request.Relay is null ? MaxStepFraction.AtMost(MaxStepFraction.OfRefinement, model, options.Scheduler) : SkipStepSchedule.None;

    private (Latent? Latent, Picture? Picture) ReadDraft() => DraftCodec.IsLatent(Request.Draft.Encoding)
        ? (DraftCodec.DecodeLatent(Request.Draft), null)
        : (null, Picture.Decode(Request.Draft.Bytes));

    private async ValueTask<double> PredictAsync(Latent? latent, Picture? picture)
    {
        // Predictors have learned from plain words.
        var words = WeightedPrompt.WordsOf(Request.Prompt, Syntax);
        var context = new StrengthContext(model, words) { Latent = latent, Picture = picture, Loras = loras };
        return await options.Strength.PredictAsync(context, work.Stopping).ConfigureAwait(false);
    }

    private void Tell(GenerationProgress step)
    {
        work.Tell(new Transport.Messages.Progress
        {
            RequestId = RequestId,
            Step = step.Step,
            Steps = step.Steps,
            Preview = step.Preview is { } preview ? EncodePreview(preview) : null,
        });
        if (work.Save is not null && 2 * step.Step >= step.Steps && options.TimeProvider.GetElapsedTime(lastSaved) >= SaveEvery && step.Save() is { } saved)
        {
            lastSaved = options.TimeProvider.GetTimestamp();
            work.Save(new SavedRun(strength, saved));
        }
    }

    private Result ToResult(GenerationResult generated, TimeSpan queued)
    {
        var image = generated.Images[0];
        return new Result
        {
            RequestId = RequestId,
            Encoding = Request.ResultEncoding,
            Picture = Encode(image.Picture),
            Strength = strength,
            StepsRun = generated.StepsRun,
            QueueTime = queued,
            ComputeTime = options.TimeProvider.GetElapsedTime(began),
        };
    }

    // One that is too large as it was asked for goes as WebP, and in the end not at all.
    private byte[]? EncodePreview(Picture preview)
    {
        var encoded = Encode(preview);
        if (encoded.Length > MessageBounds.PreviewBytes)
        {
            encoded = preview.Encode(PictureFormat.WebP);
        }

        return encoded.Length > MessageBounds.PreviewBytes ? null : encoded;
    }

    private byte[] Encode(Picture picture) => picture.Encode(Request.ResultEncoding.ToFormat());

    private Error ToError(Exception error)
    {
        switch (error)
        {
            // Whoever stopped the request knows why, and says so in place of this.
            case OperationCanceledException when work.Stopping.IsCancellationRequested:
                return ErrorReplies.Stopped(RequestId, StopReason.Cancelled);
            case DeviceMemoryException:
                log.OutOfMemory(Name);
                return ErrorReplies.OutOfMemory(RequestId);
            case CheckpointException when loras is not null:
                log.Failed(error, Name);
                return ErrorReplies.Invalid(
                    RequestId, "The cloud can't put on the LoRAs that the request names; its log says why. Refine without them.");
            case GenerationException or SchedulerException or PictureException or SessionException:
                return ErrorReplies.Invalid(RequestId, error.Message);
            default:
                log.Failed(error, Name);
                return ErrorReplies.Internal(RequestId);
        }
    }
}
