using DiffusionX.Pipeline;

namespace DiffusionX.Cli.Evaluate;

/// <summary>What the user asked <c>diffusionx evaluate throughput</c> for.</summary>
internal sealed record ThroughputSettings
{
    public required string EdgeFolder { get; init; }

    public required string CloudFolder { get; init; }

    public required DiffusionModelOptions Edge { get; init; }

    /// <summary>The large model of the engine; one request at a time has the same but for its batches.</summary>
    public required DiffusionModelOptions Cloud { get; init; }

    public int? Steps { get; init; }

    /// <summary>Clients of the closed loops.</summary>
    public required IReadOnlyList<int> Clients { get; init; }

    /// <summary>Wishes a minute of the open loops; null for parts of what the engine drew.</summary>
    public IReadOnlyList<double>? Rates { get; init; }

    /// <summary>How long each turn lasts.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>Turns of each load.</summary>
    public required int Turns { get; init; }

    /// <summary>Whether the engine alone is measured.</summary>
    public bool EngineOnly { get; init; }
}
