using DiffusionX.Sessions.Planning;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Edge;

/// <summary>What a refinement took.</summary>
public sealed record RefinementReport
{
    /// <summary>What the request is called in the logs and traces of both ends.</summary>
    public required string Request { get; init; }

    /// <summary>Where it was refined.</summary>
    public required RefinementPlace Place { get; init; }

    /// <summary>The name of the cloud that refined it, or the session's own.</summary>
    public required string RefinedBy { get; init; }

    /// <summary>How many attempts at the cloud there were; above 1 the link or the cloud failed in between.</summary>
    public required int Attempts { get; init; }

    /// <summary>Why the edge had to refine; null where the cloud did.</summary>
    public string? EdgeReason { get; init; }

    /// <summary>The way that was planned, and how long it was expected to take; null where nothing was planned.</summary>
    public PlannedRefinement? Plan { get; init; }

    /// <summary>How the draft crossed the link; null where it never came to that.</summary>
    public DraftEncoding? Encoding { get; init; }

    /// <summary>Bytes of the encoded draft.</summary>
    public int DraftBytes { get; init; }

    /// <summary>Bytes to the cloud, all attempts and handshakes included.</summary>
    public long BytesUp { get; init; }

    /// <summary>Bytes from the cloud, previews included.</summary>
    public long BytesDown { get; init; }

    /// <summary>Encoding the draft.</summary>
    public TimeSpan EncodingTime { get; init; }

    /// <summary>Reaching the cloud, from the call on: connecting and the handshake; about zero over a connection that was there.</summary>
    public TimeSpan Connecting { get; init; }

    /// <summary>Attempts that came to nothing, and the pauses after them; zero where the first one brought the picture.</summary>
    public TimeSpan FailedAttempts { get; init; }

    /// <summary>Waiting for the draft's strength to be predicted; zero where it was known by then.</summary>
    public TimeSpan PredictionTime { get; init; }

    /// <summary>The draft's way to the cloud, by half of the handshake's round trip, or of its own where that was shorter.</summary>
    public TimeSpan Uplink { get; init; }

    /// <summary>In the cloud's queue, as the cloud says.</summary>
    public TimeSpan Queue { get; init; }

    /// <summary>Computing, as whoever computed says.</summary>
    public TimeSpan Compute { get; init; }

    /// <summary>The result's way back, which is what is left of the last attempt.</summary>
    public TimeSpan Downlink { get; init; }

    /// <summary>Decoding the picture that came back.</summary>
    public TimeSpan DecodingTime { get; init; }

    /// <summary>From the call to the picture. The parts above, with <see cref="RelayTime"/>, add up to it.</summary>
    public required TimeSpan Total { get; init; }

    /// <summary>How much noise was put on the draft.</summary>
    public required double Strength { get; init; }

    /// <summary>How many steps the edge took before it handed over; 0 without a relay.</summary>
    public int RelayedSteps { get; init; }

    /// <summary>How long the edge took for them.</summary>
    public TimeSpan RelayTime { get; init; }

    /// <summary>What refining ahead saved and wasted; null where the session does not.</summary>
    public SpeculationReport? Speculation { get; init; }

    /// <summary>How many steps of the UNet it took, those of the relay not counted.</summary>
    public required int StepsRun { get; init; }
}
