using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Quality;

/// <summary>The cosine of two pictures in CLIP's space: how alike what they show is, wherever it stands.</summary>
/// <param name="clip">The CLIP; it stays the caller's.</param>
internal sealed class ClipImageSimilarity(ClipScorer clip) : IKeptScorer
{
    /// <inheritdoc/>
    public string Name => $"cosine of pictures by {clip.Name}";

    /// <inheritdoc/>
    public Tensor Score(IReadOnlyList<KeptPair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var cosines = ClipScore.Cosines(clip.Embed([.. pairs.Select(pair => pair.Earlier)]), clip.Embed([.. pairs.Select(pair => pair.Later)]));
        return cosines.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
