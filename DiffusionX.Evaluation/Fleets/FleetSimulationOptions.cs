namespace DiffusionX.Evaluation.Fleets;

/// <summary>A fleet, the edges that ask it, and what goes wrong. Checked by <see cref="FleetSimulation"/>.</summary>
public sealed record FleetSimulationOptions
{
    /// <summary>Edges, each with one request at a time.</summary>
    public int Edges { get; init; } = 10_000;

    /// <summary>Workers.</summary>
    public int Workers { get; init; } = 100;

    /// <summary>Requests that a worker computes at once.</summary>
    public int PlacesPerWorker { get; init; } = 1;

    /// <summary>Requests that may wait at all gateways together; further ones are told when to try again.</summary>
    public int QueueCapacity { get; init; } = 2000;

    /// <summary>Measured seconds of a refinement, drawn from by chance; at least one.</summary>
    public IReadOnlyList<double> ServiceSeconds { get; init; } = [2.4];

    /// <summary>Mean seconds between an edge's result and its next request, exponentially distributed.</summary>
    public double ThinkSeconds { get; init; } = 240;

    /// <summary>How many times as often edges ask during a burst.</summary>
    public double BurstFactor { get; init; } = 3;

    /// <summary>Seconds from one burst's beginning to the next one's.</summary>
    public double BurstEvery { get; init; } = 600;

    /// <summary>Seconds that a burst lasts.</summary>
    public double BurstSeconds { get; init; } = 60;

    /// <summary>Mean hours that a worker lives; infinite for ever.</summary>
    public double WorkerHours { get; init; } = 24;

    /// <summary>Seconds from a worker's death until NATS gives its requests to others.</summary>
    public double AckWaitSeconds { get; init; } = 10;

    /// <summary>Seconds from a worker's death until another one is there in its place.</summary>
    public double RestartSeconds { get; init; } = 60;

    /// <summary>Hours that are played.</summary>
    public double Hours { get; init; } = 2;

    /// <summary>The seed of all chance.</summary>
    public int Seed { get; init; } = 1;

    /// <exception cref="EvaluationException">An option is out of range; the message names it.</exception>
    internal void Validate()
    {
        Check(Edges is >= 1 and <= 10_000_000, nameof(Edges));
        Check(Workers is >= 1 and <= 100_000, nameof(Workers));
        Check(PlacesPerWorker is >= 1 and <= 1000, nameof(PlacesPerWorker));
        Check(QueueCapacity >= 1, nameof(QueueCapacity));
        Check(ServiceSeconds is { Count: > 0 } && ServiceSeconds.All(seconds => seconds is > 0 and <= 86_400), nameof(ServiceSeconds));
        Check(ThinkSeconds is > 0 and <= 1e9, nameof(ThinkSeconds));
        Check(BurstFactor is >= 1 and <= 1000, nameof(BurstFactor));
        Check(BurstEvery is > 0 and <= 1e9 && BurstSeconds >= 0 && BurstSeconds <= BurstEvery, nameof(BurstSeconds));
        Check(WorkerHours > 0, nameof(WorkerHours));
        Check(AckWaitSeconds is >= 0 and <= 1e6, nameof(AckWaitSeconds));
        Check(RestartSeconds is >= 0 and <= 1e6, nameof(RestartSeconds));
        Check(Hours is > 0 and <= 10_000, nameof(Hours));
    }

    private static void Check(bool holds, string name)
    {
        if (!holds)
        {
            throw new EvaluationException($"The option {name} of the simulated fleet is out of range.");
        }
    }
}
