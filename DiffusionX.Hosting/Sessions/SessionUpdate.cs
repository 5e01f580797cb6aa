using DiffusionX.Imaging;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Edge;

namespace DiffusionX.Hosting.Sessions;

/// <summary>What a session is drawing.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Round">The round that it starts from, or refines; null where it starts from noise.</param>
/// <param name="IsRefinement">Whether a draft is refined; else a round is drawn.</param>
internal sealed record SessionOperation(string Prompt, int? Round, bool IsRefinement);

/// <summary>What happens to a session.</summary>
internal enum SessionUpdateKind
{
    /// <summary>It stands elsewhere, or has other settings.</summary>
    Changed,

    /// <summary>Something is being drawn.</summary>
    Started,

    /// <summary>A step further.</summary>
    Progressed,

    /// <summary>The round, or the final picture, is there.</summary>
    Completed,

    /// <summary>It could not be drawn.</summary>
    Failed,

    /// <summary>Somebody stopped it.</summary>
    Cancelled,

    /// <summary>The session was deleted.</summary>
    Deleted,
}

/// <summary>One thing that happened to a session, for those who watch it.</summary>
internal sealed record SessionUpdate(SessionUpdateKind Kind)
{
    /// <summary>What is, or was, being drawn.</summary>
    public SessionOperation? Operation { get; init; }

    /// <summary>Steps done.</summary>
    public int Step { get; init; }

    /// <summary>Steps altogether.</summary>
    public int Steps { get; init; }

    /// <summary>The picture as it is expected to become.</summary>
    public Picture? Preview { get; init; }

    /// <summary>Where a refinement is.</summary>
    public RefinementProgress? Refinement { get; init; }

    /// <summary>The round that was drawn.</summary>
    public Round? Round { get; init; }

    /// <summary>The final picture.</summary>
    public FinalImage? Final { get; init; }

    /// <summary>Why it failed.</summary>
    public Exception? Error { get; init; }
}
