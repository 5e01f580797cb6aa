namespace DiffusionX.Scenes;

/// <summary>Which scenes are for learning, and which for measuring what was learned.</summary>
internal enum SceneSplit
{
    /// <summary>Scenes to learn from: never with a combination that <see cref="HeldOutCombinations"/> names.</summary>
    Training,

    /// <summary>Scenes as those of <see cref="Training"/>, of other seeds.</summary>
    Evaluation,

    /// <summary>Scenes with at least one held-out combination.</summary>
    HeldOut,
}
