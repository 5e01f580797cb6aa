using System.Collections.Immutable;

namespace DiffusionX.Evaluation.Latency;

/// <summary>What one session took in one system: the time that its user waited, and what edge, link and cloud did meanwhile.</summary>
internal sealed record SessionMeasurement
{
    /// <summary>The system's name.</summary>
    public required string System { get; init; }

    /// <summary>The session's id.</summary>
    public required string Session { get; init; }

    /// <summary>From the first prompt to the last picture, without pauses for thought.</summary>
    public required double Seconds { get; init; }

    /// <summary>From the first prompt to the first picture.</summary>
    public required double FirstPreviewSeconds { get; init; }

    /// <summary>The edge's model at work.</summary>
    public double EdgeSeconds { get; init; }

    /// <summary>The cloud's model at work: what a session costs there.</summary>
    public double CloudSeconds { get; init; }

    /// <summary>Bytes to the cloud, handshakes included.</summary>
    public long BytesUp { get; init; }

    /// <summary>Bytes from the cloud.</summary>
    public long BytesDown { get; init; }

    /// <summary>Steps of the edge's UNet.</summary>
    public int EdgeSteps { get; init; }

    /// <summary>Steps of the cloud's UNet.</summary>
    public int CloudSteps { get; init; }

    /// <summary>Joules of this machine meanwhile; null where it does not tell.</summary>
    public double? Joules { get; init; }

    /// <summary>The strength of each round after the first, and of the refinement; empty where every round starts from noise.</summary>
    public ImmutableArray<double> Strengths { get; init; } = [];

    /// <summary>How far each prompt after the first is from the one before it: the cosine distance of their embeddings.</summary>
    public ImmutableArray<double> PromptDistances { get; init; } = [];

    /// <summary>What is neither the edge's work nor the cloud's: transmission, encoding, waiting.</summary>
    public double LinkSeconds => Math.Max(Seconds - EdgeSeconds - CloudSeconds, 0);
}
