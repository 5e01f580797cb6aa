namespace DiffusionX.Evaluation.Latency;

/// <summary>What sessions took in one system.</summary>
internal sealed record SystemLatency
{
    /// <summary>The system's name.</summary>
    public required string System { get; init; }

    /// <summary>How many sessions it played, N.</summary>
    public required int Sessions { get; init; }

    /// <summary>Mean seconds of a session.</summary>
    public required Estimate Seconds { get; init; }

    /// <summary>Seconds that half of the sessions do not exceed.</summary>
    public required double MedianSeconds { get; init; }

    /// <summary>Seconds that 95 % of the sessions do not exceed.</summary>
    public required double SlowSeconds { get; init; }

    /// <summary>Mean seconds to the first picture.</summary>
    public required Estimate FirstPreviewSeconds { get; init; }

    /// <summary>Mean seconds of the edge's model at work.</summary>
    public required double EdgeSeconds { get; init; }

    /// <summary>Mean seconds of the cloud's model at work.</summary>
    public required Estimate CloudSeconds { get; init; }

    /// <summary>Mean seconds that are neither.</summary>
    public required double LinkSeconds { get; init; }

    /// <summary>Mean bytes to the cloud.</summary>
    public required double BytesUp { get; init; }

    /// <summary>Mean bytes from the cloud.</summary>
    public required double BytesDown { get; init; }

    /// <summary>Mean steps of the edge's UNet.</summary>
    public required double EdgeSteps { get; init; }

    /// <summary>Mean steps of the cloud's UNet.</summary>
    public required double CloudSteps { get; init; }

    /// <summary>Mean joules; null where the machine does not tell.</summary>
    public required double? Joules { get; init; }

    /// <summary>The mean session, over that of another system that played the same ones.</summary>
    public Estimate? SecondsRatio { get; init; }

    /// <summary>The cloud's mean work, over that of another system that played the same ones; null where that has none.</summary>
    public Estimate? CloudRatio { get; init; }
}
