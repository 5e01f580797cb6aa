using System.Diagnostics;
using System.Diagnostics.Metrics;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Cloud;

/// <summary>What the cloud measures.</summary>
internal static class CloudTelemetry
{
    private static readonly Counter<long> Requests =
        SessionTelemetry.Meter.CreateCounter<long>("diffusionx.cloud.requests", "{request}", "Requests that ended, by how they ended.");

    private static readonly Histogram<double> QueueDuration =
        SessionTelemetry.Meter.CreateHistogram<double>(
            "diffusionx.cloud.queue.duration", "s", "From a request's arrival to its first step.");

    private static readonly Histogram<double> ComputeDuration =
        SessionTelemetry.Meter.CreateHistogram<double>("diffusionx.cloud.compute.duration", "s", "Computing a request.");

    private static readonly UpDownCounter<long> QueueLength =
        SessionTelemetry.Meter.CreateUpDownCounter<long>("diffusionx.cloud.queue.length", "{request}", "Requests that wait.");

    private static readonly UpDownCounter<long> Connections =
        SessionTelemetry.Meter.CreateUpDownCounter<long>("diffusionx.cloud.connections", "{connection}", "Clients that are connected.");

    public static void Connected(int change) => Connections.Add(change);

    public static void Queued(int change) => QueueLength.Add(change);

    public static void Ended(RequestMessage outcome) =>
        Requests.Add(1, new KeyValuePair<string, object?>("outcome", outcome is Error error ? error.Code.ToString() : nameof(Result)));

    /// <summary>The run's span: a child of the client's, wherever that is.</summary>
    public static Activity? StartRun(Refine request, TimeSpan queued, bool promptInFull)
    {
        ActivityContext.TryParse(request.TraceParent, null, isRemote: true, out var client);
        var span = SessionTelemetry.Spans.StartActivity("refine in the cloud", ActivityKind.Server, client);
        span?.SetTag("diffusionx.request", SecretId.NameOf(request.RequestId));
        span?.SetTag("diffusionx.queue.seconds", queued.TotalSeconds);
        SessionTelemetry.TagPrompt(span, request.Prompt, promptInFull);
        return span;
    }

    public static void Ran(Activity? span, RequestMessage outcome, TimeSpan queued, TimeSpan compute)
    {
        if (outcome is Result result)
        {
            span?.SetTag("diffusionx.strength", result.Strength);
            span?.SetTag("diffusionx.steps", result.StepsRun);
        }

        QueueDuration.Record(queued.TotalSeconds);
        ComputeDuration.Record(compute.TotalSeconds);
    }
}
