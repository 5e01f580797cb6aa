using DiffusionX.Pipeline;
using DiffusionX.Sessions.Planning;

namespace DiffusionX.Sessions.Edge;

/// <summary>What a session has measured of its model, its link and the cloud, for the plans of refinements to come.</summary>
internal sealed class RefinementMeasurements(TimeProvider time)
{
    // What a clock can't tell from nothing: a link is never taken for infinitely fast.
    private static readonly TimeSpan ShortestTransfer = TimeSpan.FromMilliseconds(0.1);

    private const double BitsPerByte = 8;

    private readonly Lock sync = new();
    private EdgeSpeed? edge;
    private CloudAnswer? cloud;
    private RefinementReport? refined;
    private long answered;

    /// <summary>A round was drawn on the edge.</summary>
    /// <param name="timings">What it took.</param>
    /// <param name="steps">The steps that it ran.</param>
    /// <param name="guidedSteps">How many of them asked the UNet twice.</param>
    public void Drawn(GenerationTimings timings, int steps, int guidedSteps)
    {
        if (steps > 0)
        {
            lock (sync)
            {
                edge = new EdgeSpeed(timings.Denoising / (steps + guidedSteps), timings.Preparing + timings.Decoding);
            }
        }
    }

    /// <summary>The cloud refined a draft.</summary>
    public void Refined(CloudAnswer answer, RefinementReport report)
    {
        lock (sync)
        {
            (cloud, refined, answered) = (answer, report, time.GetTimestamp());
        }
    }

    /// <summary>The last answer of the cloud, while it counts.</summary>
    /// <param name="lifetime">For how long one counts.</param>
    public CloudAnswer? Latest(TimeSpan lifetime)
    {
        lock (sync)
        {
            return cloud is not null && edge is not null && time.GetElapsedTime(answered) <= lifetime ? cloud : null;
        }
    }

    /// <summary>What a plan goes by.</summary>
    /// <param name="latentValues">How many numbers the draft's latent has.</param>
    /// <param name="edgeSteps">The steps of the refinement where the edge does it alone.</param>
    /// <param name="relay">How a relay shares the steps.</param>
    /// <param name="isGuided">Whether each step of a refinement on the edge asks the UNet twice.</param>
    public RefinementConditions Conditions(long latentValues, int edgeSteps, LatentRelay relay, bool isGuided)
    {
        lock (sync)
        {
            var (answer, report, speed) = (cloud!, refined!, edge!);
            var computed = answer.Result.StepsRun;
            var step = answer.Step ?? report.Compute / Math.Max(1, computed);
            var steps = computed + report.RelayedSteps;
            return new RefinementConditions
            {
                RoundTrip = 2 * answer.OneWay,
                UplinkBitsPerSecond = BitsPerSecond(report.DraftBytes, report.Uplink - answer.OneWay),
                DownlinkBitsPerSecond = BitsPerSecond(answer.Result.Picture.Length, report.Downlink - answer.OneWay),
                Queue = report.Queue,
                CloudStep = step,
                CloudRun = report.Compute > step * computed ? report.Compute - (step * computed) : TimeSpan.Zero,
                CloudSteps = steps,
                EdgeStep = speed.Call * (isGuided ? 2 : 1),
                EdgeRun = speed.Run,
                EdgeSteps = edgeSteps,
                RelayedSteps = relay.EdgeSteps(steps),
                LatentValues = latentValues,
                PictureBytes = answer.Result.Picture.Length,
            };
        }
    }

    private static double BitsPerSecond(long bytes, TimeSpan transfer) =>
        Math.Max(1, bytes) * BitsPerByte / (transfer > ShortestTransfer ? transfer : ShortestTransfer).TotalSeconds;

    /// <summary>How fast the edge's model is.</summary>
    /// <param name="Call">One call of the UNet.</param>
    /// <param name="Run">What a run takes besides.</param>
    private sealed record EdgeSpeed(TimeSpan Call, TimeSpan Run);
}
