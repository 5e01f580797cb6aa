namespace DiffusionX.Sessions.Edge;

/// <summary>What a refinement is doing.</summary>
public enum RefinementStage
{
    /// <summary>The draft is being made ready for the link: encoded, and with a relay gone on with for some steps before.</summary>
    Preparing,

    /// <summary>The cloud is being reached.</summary>
    Connecting,

    /// <summary>The draft is on its way.</summary>
    Sending,

    /// <summary>The request is in the cloud's queue.</summary>
    Queued,

    /// <summary>The cloud computes.</summary>
    Refining,

    /// <summary>An attempt failed, and the next one follows after a pause.</summary>
    Pausing,

    /// <summary>The cloud was given up, or the edge alone was planned, and the edge computes.</summary>
    RefiningOnEdge,

    /// <summary>The way that is expected to take the least time was chosen; <see cref="RefinementProgress.Plan"/> says which.</summary>
    Planned,
}
