using static TorchSharp.torch;

namespace DiffusionX.Evaluation;

/// <summary>
/// How well pictures fit their prompts: the cosine of CLIP's embeddings of the two. It is the plain cosine that papers on Stable
/// Diffusion print, not the 2.5 times the positive part of Hessel et al. ("CLIPScore", 2021). It depends on the CLIP model, which is to
/// be named beside it.
/// </summary>
public static class ClipScore
{
    /// <summary>The mean cosine.</summary>
    /// <param name="imageEmbeddings">[N, D], normalised or not.</param>
    /// <param name="textEmbeddings">[N, D], row by row the texts of the pictures.</param>
    /// <returns>-1 to 1.</returns>
    /// <exception cref="ArgumentException">The embeddings are not two matrices of one shape, or there are none.</exception>
    public static double Mean(Tensor imageEmbeddings, Tensor textEmbeddings)
    {
        using var scope = NewDisposeScope();
        return Each(imageEmbeddings, textEmbeddings).mean().item<double>();
    }

    /// <summary>The cosine of each picture with its text.</summary>
    /// <param name="imageEmbeddings">[N, D], normalised or not.</param>
    /// <param name="textEmbeddings">[N, D], row by row the texts of the pictures.</param>
    /// <returns>[N], float64, for the caller to dispose.</returns>
    /// <exception cref="ArgumentException">The embeddings are not two matrices of one shape, or there are none.</exception>
    public static Tensor Each(Tensor imageEmbeddings, Tensor textEmbeddings)
    {
        ArgumentNullException.ThrowIfNull(imageEmbeddings);
        ArgumentNullException.ThrowIfNull(textEmbeddings);
        if (imageEmbeddings.dim() != 2 || imageEmbeddings.numel() == 0 || !imageEmbeddings.shape.SequenceEqual(textEmbeddings.shape))
        {
            var image = string.Join(", ", imageEmbeddings.shape);
            var text = string.Join(", ", textEmbeddings.shape);
            throw new ArgumentException(
                $"Pictures and texts have embeddings [N, D] of one shape, and these are [{image}] and [{text}].", nameof(textEmbeddings));
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var images = imageEmbeddings.to(ScalarType.Float64);
        var texts = textEmbeddings.to(ScalarType.Float64);
        return nn.functional.cosine_similarity(images, texts, 1).MoveToOuterDisposeScope();
    }
}
