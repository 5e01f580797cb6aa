namespace DiffusionX.Cli.Train;

/// <summary>What the user asked <c>diffusionx train</c> for.</summary>
internal sealed record TrainingSettings
{
    public required IReadOnlyList<string> Stages { get; init; }

    public required string WeightsFolder { get; init; }

    public required string WorkFolder { get; init; }

    /// <summary>Whether a stage without a checkpoint begins with the weights that are there.</summary>
    public bool StartsFromExport { get; init; }

    public int? Steps { get; init; }

    public int? BatchSize { get; init; }

    public required long Seed { get; init; }

    public required string Device { get; init; }
}
