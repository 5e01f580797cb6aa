namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>What a system kept of what was there before, by the names of those who say so.</summary>
internal sealed record KeptMetrics
{
    public required string System { get; init; }

    /// <summary>Of each session's last draft, in its last picture; NaN where there was nothing right to keep.</summary>
    public required IReadOnlyDictionary<string, float[]> Finals { get; init; }

    /// <summary>Of each round, in the round after it.</summary>
    public required IReadOnlyDictionary<string, float[]> Rounds { get; init; }

    /// <summary>Whether the judge found in the last draft all that was asked for; null where there is no judge.</summary>
    public IReadOnlyList<bool>? DraftWasRight { get; init; }

    /// <summary>The judged fidelity of each round's picture; null where there is no judge.</summary>
    public float[]? PreviewFidelities { get; init; }
}
