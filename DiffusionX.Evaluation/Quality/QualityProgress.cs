namespace DiffusionX.Evaluation.Quality;

/// <summary>Where a measurement of quality is.</summary>
/// <param name="Source">What is being measured.</param>
/// <param name="Done">Pictures measured, those of earlier runs included.</param>
/// <param name="Count">Pictures altogether.</param>
internal sealed record QualityProgress(string Source, int Done, int Count);
