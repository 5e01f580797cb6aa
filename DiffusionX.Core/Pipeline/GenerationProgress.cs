using DiffusionX.Imaging;
using DiffusionX.Pipeline.Denoising;

namespace DiffusionX.Pipeline;

/// <summary>Where a run is, after each of its steps.</summary>
/// <param name="Step">Steps done, from 1.</param>
/// <param name="Steps">Steps that this run takes altogether.</param>
/// <param name="Elapsed">Time since the run began.</param>
/// <param name="Preview">The first picture as the model expects it to become, small or pale, where one was asked for.</param>
public sealed record GenerationProgress(int Step, int Steps, TimeSpan Elapsed, Picture? Preview)
{
    /// <summary>Saves where the run is, while it is being told of; null where it can't be saved.</summary>
    internal Func<SavedDenoising?> Save { get; init; } = () => null;
}
