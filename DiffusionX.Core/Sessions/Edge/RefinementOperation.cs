using System.Diagnostics;
using DiffusionX.Checkpoints.Lora;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Runtime;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Planning;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Sessions.Edge;

/// <summary>The refinement of one draft: by the cloud, or else by the edge.</summary>
/// <param name="model">The edge's model.</param>
/// <param name="cloud">The way to the cloud.</param>
/// <param name="options">How the session has its drafts refined.</param>
/// <param name="hashes">What its LoRAs are known by.</param>
/// <param name="round">Whose draft.</param>
/// <param name="prefetch">How much noise it needs, where that is being predicted already; it stays the session's.</param>
/// <param name="plans">Which way it goes, where that is planned.</param>
/// <param name="measured">Told what it took.</param>
/// <param name="progress">Told where the refinement is.</param>
internal sealed class RefinementOperation(
    DiffusionModel model,
    CloudLink cloud,
    EdgeSessionOptions options,
    LoraHashes hashes,
    Round round,
    StrengthPrefetch? prefetch,
    RefinementPlans plans,
    RefinementMeasurements measured,
    IProgress<RefinementProgress>? progress)
{
    private readonly ILogger log = options.Logs.CreateLogger<EdgeSession>();
    private readonly long began = options.TimeProvider.GetTimestamp();
    private readonly long sentBefore = cloud.BytesSent;
    private readonly long receivedBefore = cloud.BytesReceived;
    private PlannedRefinement? plan;

    public async Task<RefinedImage> RunAsync(CancellationToken cancellationToken)
    {
        using var span = EdgeTelemetry.StartRefinement(round, options.PromptsInTelemetry);
        try
        {
            var image = await RefineAsync(span, cancellationToken).ConfigureAwait(false);
            EdgeTelemetry.Refined(span, image.Report);
            log.Refined(image.Report.Request, image.Report.RefinedBy, image.Report.Attempts, image.Report.Total);
            return image;
        }
        catch (Exception error)
        {
            SessionTelemetry.Fail(span, error);
            throw;
        }
    }

    private async Task<RefinedImage> RefineAsync(Activity? span, CancellationToken cancellationToken)
    {
        plan = await plans.TryPlanAsync(options, round, cancellationToken).ConfigureAwait(false);
        var planned = plan is null ? options : RefinementPlans.Apply(plan, options);
        var own = prefetch is null && plan?.Route.Path != RefinementPath.EdgeAlone ? StrengthPrefetch.TryStart(model, planned, round) : null;
        var begun = planned.Refinement.Relay is null ? prefetch ?? own : null;
        var preparation = new DraftEncoder(model, cloud.Fingerprints, planned, hashes, round, begun);
        var request = new CloudRefinementRequest(preparation, cloud, planned, round, progress, span?.Id);
        if (plan is not null)
        {
            log.RefinementPlanned(request.Name, plan.ToString());
            progress?.Report(new(RefinementStage.Planned, request.Attempts, Elapsed) { Plan = plan });
            if (plan.Route.Path == RefinementPath.EdgeAlone)
            {
                return await RefineOnEdgeAsync(request, $"planned {plan}", trouble: null, cancellationToken).ConfigureAwait(false);
            }
        }

        begun?.StartNow();
        try
        {
            var answer = await request.RunAsync(cancellationToken).ConfigureAwait(false);
            var arrived = options.TimeProvider.GetTimestamp();
            var picture = Read(answer, preparation);
            var report = Report(request, answer) with { DecodingTime = options.TimeProvider.GetElapsedTime(arrived) };
            measured.Refined(answer, report);
            return new RefinedImage(picture, round, report);
        }
        catch (RefinementException failure) when (options.Refinement.FallBackToEdge)
        {
            log.RefiningOnEdge(request.Name, failure.Message);
            return await RefineOnEdgeAsync(request, failure.Message, failure.Message, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (own is not null)
            {
                await own.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static Picture Read(CloudAnswer answer, DraftEncoder preparation)
    {
        if (PictureHeader.Read(answer.Result.Picture) is not { } header)
        {
            throw new RefinementException($"{answer.Server} sent what is no picture.");
        }

        if (!preparation.Fits(header))
        {
            throw new RefinementException($"{answer.Server} sent a picture of {header.Width} × {header.Height} pixels, which is not the draft's size.");
        }

        try
        {
            return Picture.Decode(answer.Result.Picture);
        }
        catch (PictureException damaged)
        {
            throw new RefinementException($"{answer.Server} sent a picture that can't be read: {damaged.Message}", damaged);
        }
    }

    private async Task<RefinedImage> RefineOnEdgeAsync(CloudRefinementRequest request, string reason, string? trouble, CancellationToken cancellationToken)
    {
        progress?.Report(new(RefinementStage.RefiningOnEdge, request.Attempts, Elapsed) { Trouble = trouble });
        var refinement = new LocalRefinement(model, options, round);
        var strength = await refinement.StrengthAsync(cancellationToken).ConfigureAwait(false);
        var result = await model.GenerateAsync(refinement.Request(strength), EdgeProgress(request.Attempts), cancellationToken).ConfigureAwait(false);
        var report = Report(request) with
        {
            Place = RefinementPlace.Edge,
            RefinedBy = options.ClientName,
            EdgeReason = reason,
            Compute = result.Timings.Total,
            Strength = strength,
            StepsRun = result.StepsRun,
        };
        return new RefinedImage(result.Images[0].Picture, round, report);
    }

    private ImmediateProgress<GenerationProgress>? EdgeProgress(int attempts) => progress is null
        ? null
        : new ImmediateProgress<GenerationProgress>(step => progress.Report(
            new(RefinementStage.RefiningOnEdge, attempts, Elapsed) { Step = step.Step, Steps = step.Steps, Preview = step.Preview }));

    private TimeSpan Elapsed => options.TimeProvider.GetElapsedTime(began);

    private RefinementReport Report(CloudRefinementRequest request, CloudAnswer answer) => Report(request) with
    {
        RefinedBy = answer.Server,
        Uplink = answer.Uplink,
        Queue = answer.Result.QueueTime,
        Compute = answer.Result.ComputeTime,
        Downlink = answer.Downlink,
        Strength = answer.Result.Strength,
        StepsRun = answer.Result.StepsRun,
    };

    private RefinementReport Report(CloudRefinementRequest request) => new()
    {
        Request = request.Name,
        Place = RefinementPlace.Cloud,
        RefinedBy = "",
        Attempts = request.Attempts,
        Plan = plan,
        Encoding = request.Preparation.Prepared?.Payload.Encoding,
        DraftBytes = request.Preparation.Prepared?.Payload.Bytes.Length ?? 0,
        BytesUp = cloud.BytesSent - sentBefore,
        BytesDown = cloud.BytesReceived - receivedBefore,
        EncodingTime = request.Preparation.EncodingTime,
        RelayedSteps = request.Preparation.RelayedSteps,
        RelayTime = request.Preparation.RelayTime,
        Connecting = request.Connecting,
        PredictionTime = request.Preparation.PredictionTime,
        FailedAttempts = request.FailedAttempts,
        Total = Elapsed,
        Strength = 0,
        StepsRun = 0,
    };
}
