namespace DiffusionX.Evaluation.Fleets;

/// <summary>What became of a simulated fleet's requests.</summary>
internal sealed record FleetSimulationResult
{
    /// <summary>Requests that ended with a result.</summary>
    public required long Done { get; init; }

    /// <summary>Requests whose edge was told to come again, once at least.</summary>
    public required long Refused { get; init; }

    /// <summary>Requests that were taken over from workers that died.</summary>
    public required long TakenOver { get; init; }

    /// <summary>The most requests that waited.</summary>
    public required int LongestQueue { get; init; }

    /// <summary>Results a second.</summary>
    public required double PerSecond { get; init; }

    /// <summary>The share of all workers' time in which they computed.</summary>
    public required double Occupancy { get; init; }

    /// <summary>Seconds from a request to its first step.</summary>
    public required IReadOnlyList<double> Waits { get; init; }

    /// <summary>Seconds from a request to its result, refusals included.</summary>
    public required IReadOnlyList<double> Times { get; init; }
}
