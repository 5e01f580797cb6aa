using DiffusionX.Imaging;
using DiffusionX.Sessions.Planning;

namespace DiffusionX.Sessions.Edge;

/// <summary>Where a refinement is. Reported on threads of the pool and of the model.</summary>
/// <param name="Stage">What it is doing.</param>
/// <param name="Attempt">Which attempt at the cloud this is, from 1.</param>
/// <param name="Elapsed">Time since the refinement began.</param>
public sealed record RefinementProgress(RefinementStage Stage, int Attempt, TimeSpan Elapsed)
{
    /// <summary>While queued: how many requests are computed before this one.</summary>
    public int? QueuePlace { get; init; }

    /// <summary>While planning: the way that was chosen.</summary>
    public PlannedRefinement? Plan { get; init; }

    /// <summary>While computing: steps done.</summary>
    public int Step { get; init; }

    /// <summary>While computing: steps altogether.</summary>
    public int Steps { get; init; }

    /// <summary>The picture as the model expects it to become, small or pale, where one was asked for.</summary>
    public Picture? Preview { get; init; }

    /// <summary>While pausing, or when the edge takes over: what went wrong.</summary>
    public string? Trouble { get; init; }
}
