using DiffusionX.Evaluation.Quality;
using DiffusionX.Scenes.Streams;

namespace DiffusionX.Scenes.Evaluation;

/// <summary>Drawings that no model has learned from, to measure models' pictures against.</summary>
/// <param name="count">How many.</param>
internal sealed class TrueDrawings(int count) : IPictureSource
{
    // Others than those whose captions sessions begin with, as far as 2²⁸ of them can tell.
    private const int First = 1_000_000;

    /// <inheritdoc/>
    public string Name => $"{Count} true drawings of scenes";

    /// <inheritdoc/>
    public int Count => count;

    /// <inheritdoc/>
    public Task<PromptedPicture> ReadAsync(int index, CancellationToken cancellationToken = default) => Task.Run(
        () =>
        {
            var scene = SceneStream.At(SceneSplit.Evaluation, First + index);
            return new PromptedPicture(scene.Picture, scene.Caption);
        },
        cancellationToken);
}
