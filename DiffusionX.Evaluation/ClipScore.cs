using static TorchSharp.torch;

namespace DiffusionX.Evaluation;

/// <summary>
/// How well pictures fit their prompts: the cosine between CLIP's embeddings of both (Hessel et al., "CLIPScore", 2021). It is the plain
/// cosine that tables of diffusion models print, neither scaled by 2.5 nor cut off at 0. Name the CLIP model beside it: scores of different
/// models do not compare.
/// </summary>
internal static class ClipScore
{
    /// <summary>The mean cosine of pictures and prompts.</summary>
    /// <param name="imageEmbeddings">CLIP's projected embeddings of the pictures, [N, D]; they need not be of length 1.</param>
    /// <param name="textEmbeddings">Those of their prompts, in the same order, [N, D].</param>
    /// <returns>From -1 to 1.</returns>
    /// <exception cref="EvaluationException">The shapes differ, or embeddings are zero, NaN or infinite.</exception>
    public static double Mean(Tensor imageEmbeddings, Tensor textEmbeddings)
    {
        using var scope = NewDisposeScope();
        return Cosines(imageEmbeddings, textEmbeddings).mean().item<double>();
    }

    /// <summary>The cosine of each picture and its prompt.</summary>
    /// <inheritdoc cref="Mean"/>
    /// <returns>[N] in float64 on the CPU, each from -1 to 1.</returns>
    public static Tensor Cosines(Tensor imageEmbeddings, Tensor textEmbeddings)
    {
        ArgumentNullException.ThrowIfNull(imageEmbeddings);
        ArgumentNullException.ThrowIfNull(textEmbeddings);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var images = Directions(imageEmbeddings, "image embeddings");
        var texts = Directions(textEmbeddings, "text embeddings");
        return images.shape.SequenceEqual(texts.shape)
            ? (images * texts).sum(1).MoveToOuterDisposeScope()
            : throw new EvaluationException(
                $"Each picture needs one prompt's embedding of its width, but image embeddings are [{string.Join(", ", images.shape)}] "
                + $"and text embeddings [{string.Join(", ", texts.shape)}].");
    }

    private static Tensor Directions(Tensor embeddings, string what)
    {
        var rows = Samples.Checked(embeddings, what);
        var lengths = rows.norm(1, keepdim: true);
        return lengths.eq(0).any().item<bool>()
            ? throw new EvaluationException($"One of the {what} is zero, and so has no direction.")
            : rows / lengths;
    }
}
