namespace DiffusionX.Sessions;

/// <summary>What a refinement is doing.</summary>
public enum RefinementStage
{
    /// <summary>The draft is being encoded.</summary>
    Encoding,

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

    /// <summary>The cloud was given up, and the edge computes.</summary>
    RefiningOnEdge,
}
