using DiffusionX.Evaluation.Quality;
using DiffusionX.Pipeline;

namespace DiffusionX.Cli.Evaluate;

/// <summary>What the user asked <c>diffusionx evaluate quality</c> for.</summary>
internal sealed record QualitySettings
{
    /// <summary>The folder with the pictures; null where a model draws them.</summary>
    public string? Images { get; init; }

    /// <summary>The model that draws the pictures; null where they are there.</summary>
    public string? Model { get; init; }

    public required DiffusionModelOptions ModelOptions { get; init; }

    /// <summary>A set of sessions, of each of which the last prompt is taken.</summary>
    public string? Prompts { get; init; }

    /// <summary>Measures the first ones only.</summary>
    public int? Count { get; init; }

    public int? Steps { get; init; }

    public double? GuidanceScale { get; init; }

    public required long Seed { get; init; }

    public required MeasuringModels MeasuringModels { get; init; }

    /// <summary>A folder of pictures, or the statistics of one, to take the distance to.</summary>
    public string? Reference { get; init; }

    /// <summary>Where to keep the statistics of the reference.</summary>
    public string? SaveReference { get; init; }

    /// <summary>Where the measurements are kept, so that they can go on.</summary>
    public required string WorkFolder { get; init; }

    public required QualityOptions Options { get; init; }
}
