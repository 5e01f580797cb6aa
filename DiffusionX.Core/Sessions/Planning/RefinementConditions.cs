namespace DiffusionX.Sessions.Planning;

/// <summary>What was measured of the link, the cloud's queue and both models: what a plan is made from.</summary>
public sealed record RefinementConditions
{
    /// <summary>How long a request without content takes there and back.</summary>
    public required TimeSpan RoundTrip { get; init; }

    /// <summary>Bits a second from the edge to the cloud.</summary>
    public required double UplinkBitsPerSecond { get; init; }

    /// <summary>Bits a second from the cloud to the edge.</summary>
    public required double DownlinkBitsPerSecond { get; init; }

    /// <summary>How long a request waits for its turn in the cloud.</summary>
    public TimeSpan Queue { get; init; }

    /// <summary>A step of the cloud's model.</summary>
    public required TimeSpan CloudStep { get; init; }

    /// <summary>What a run of the cloud's model takes besides its steps: reading the prompt, decoding and encoding the picture.</summary>
    public TimeSpan CloudRun { get; init; }

    /// <summary>A step of the edge's model.</summary>
    public required TimeSpan EdgeStep { get; init; }

    /// <summary>What a run of the edge's model takes besides its steps.</summary>
    public TimeSpan EdgeRun { get; init; }

    /// <summary>The steps of the refinement in the cloud.</summary>
    public required int CloudSteps { get; init; }

    /// <summary>The steps of the refinement where the edge does it alone.</summary>
    public required int EdgeSteps { get; init; }

    /// <summary>How many of the cloud's steps the edge takes over in a relay.</summary>
    public int RelayedSteps { get; init; }

    /// <summary>How many numbers the draft's latent has.</summary>
    public required long LatentValues { get; init; }

    /// <summary>The size of the refined picture, in bytes.</summary>
    public required long PictureBytes { get; init; }
}
