using DiffusionX.Evaluation.Quality;

namespace DiffusionX.Cli.Evaluate;

/// <summary>What the user asked <c>diffusionx evaluate all</c> for.</summary>
internal sealed record EvaluateAllSettings
{
    public required LatencySettings Latency { get; init; }

    public required MeasuringModels MeasuringModels { get; init; }

    /// <summary>A folder of pictures, or the statistics of one, to take distances to; null for true drawings of scenes.</summary>
    public string? Reference { get; init; }

    public required QualityOptions Quality { get; init; }

    /// <summary>Where the report goes.</summary>
    public required string OutputFolder { get; init; }
}
