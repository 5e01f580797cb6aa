using System.Diagnostics;
using System.Diagnostics.Metrics;
using DiffusionX.Sessions.Drafts;

namespace DiffusionX.Sessions.Edge;

/// <summary>What the edge measures.</summary>
internal static class EdgeTelemetry
{
    private static readonly Histogram<double> RoundDuration =
        SessionTelemetry.Meter.CreateHistogram<double>("diffusionx.round.duration", "s", "From a prompt to its preview.");

    private static readonly Histogram<double> RefinementDuration =
        SessionTelemetry.Meter.CreateHistogram<double>("diffusionx.refinement.duration", "s", "From the wish for a refined picture to the picture.");

    private static readonly Counter<long> Bytes =
        SessionTelemetry.Meter.CreateCounter<long>("diffusionx.link.io", "By", "What refinements moved over the link.");

    private static readonly Counter<long> Attempts =
        SessionTelemetry.Meter.CreateCounter<long>("diffusionx.refinement.attempts", "{attempt}", "Attempts at the cloud.");

    public static Activity? StartRound(bool fromNoise, string prompt, bool promptInFull)
    {
        var span = SessionTelemetry.Spans.StartActivity("round");
        span?.SetTag("diffusionx.from_noise", fromNoise);
        SessionTelemetry.TagPrompt(span, prompt, promptInFull);
        return span;
    }

    public static void RoundDrawn(Activity? span, Round round)
    {
        span?.SetTag("diffusionx.strength", round.Strength);
        span?.SetTag("diffusionx.steps", round.StepsRun);
        RoundDuration.Record(round.Duration.TotalSeconds, new KeyValuePair<string, object?>("from_noise", round.Parent is null));
    }

    public static Activity? StartRefinement(Round round, bool promptInFull)
    {
        var span = SessionTelemetry.Spans.StartActivity("refine", ActivityKind.Client);
        SessionTelemetry.TagPrompt(span, round.Prompt, promptInFull);
        return span;
    }

    public static void Refined(Activity? span, RefinementReport report)
    {
        var place = new KeyValuePair<string, object?>("place", report.Place == RefinementPlace.Cloud ? "cloud" : "edge");
        span?.SetTag("diffusionx.place", place.Value);
        span?.SetTag("diffusionx.attempts", report.Attempts);
        span?.SetTag("diffusionx.strength", report.Strength);
        span?.SetTag("diffusionx.steps", report.StepsRun);
        RefinementDuration.Record(report.Total.TotalSeconds, place);
        Attempts.Add(report.Attempts);
        Bytes.Add(report.BytesUp, new KeyValuePair<string, object?>("direction", "up"));
        Bytes.Add(report.BytesDown, new KeyValuePair<string, object?>("direction", "down"));
    }
}
