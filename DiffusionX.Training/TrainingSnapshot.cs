namespace DiffusionX.Training;

/// <summary>A training run at the moment of saving.</summary>
/// <param name="Folder">The run's folder, which exists.</param>
/// <param name="Losses">The loss of each step so far.</param>
internal sealed record TrainingSnapshot(string Folder, IReadOnlyList<float> Losses);
