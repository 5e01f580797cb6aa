namespace DiffusionX.Scenes.Evaluation;

/// <summary>What is measured of the scenes models, and with which settings.</summary>
internal sealed record SceneEvaluationSettings
{
    /// <summary>Where the models are.</summary>
    public required ScenesFolder Weights { get; init; }

    /// <summary>Where the pictures go that the models draw: an interrupted evaluation goes on with those that are there.</summary>
    public required string WorkFolder { get; init; }

    /// <summary>Captions of each split, at least 64.</summary>
    public int Captions { get; init; } = 500;

    /// <summary>Steps of each run.</summary>
    public int Steps { get; init; } = ScenesModels.Steps;

    /// <summary>The guidance scale of each run.</summary>
    public double GuidanceScale { get; init; } = ScenesModels.GuidanceScale;

    /// <summary>The seed of the first picture; the following have the following ones.</summary>
    public long Seed { get; init; } = 1;
}
