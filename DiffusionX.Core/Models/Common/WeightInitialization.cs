using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// First values for models that are trained from nothing. Layers come uninitialised, because almost every model is filled from a file;
/// one that isn't has to be filled here.
/// </summary>
internal static class WeightInitialization
{
    private const double EmbeddingDeviation = 0.02;

    /// <summary>
    /// Fills a module's parameters: uniform with variance 1/fan-in for linear layers and convolutions, so that signals neither grow nor
    /// shrink (LeCun et al., "Efficient BackProp", 1998), normal for embeddings, one and zero for normalisations, zero for biases.
    /// </summary>
    /// <param name="module">Its parameters may lie on any device; the numbers are drawn on the CPU and are the same on all.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    public static void Draw(nn.Module module, long seed)
    {
        ArgumentNullException.ThrowIfNull(module);
        using var noGradient = no_grad();
        using var generator = new Generator((ulong)seed, CPU);
        foreach (var (name, parameter) in module.named_parameters())
        {
            using var scope = NewDisposeScope();
            parameter.copy_(Values(name, parameter.shape, generator));
        }
    }

    private static Tensor Values(string name, long[] shape, Generator generator)
    {
        if (name.EndsWith("bias", StringComparison.Ordinal))
        {
            return zeros(shape);
        }

        var isNorm = name.Contains("norm", StringComparison.OrdinalIgnoreCase);
        if (name.Contains("embedding", StringComparison.Ordinal) && !isNorm && !IsProjection(name))
        {
            return empty(shape).normal_(0, EmbeddingDeviation, generator);
        }

        if (shape.Length == 1)
        {
            return ones(shape);
        }

        var bound = Math.Sqrt(3) / Math.Sqrt(shape.Skip(1).Aggregate(1L, (product, size) => product * size));
        return empty(shape).uniform_(-bound, bound, generator);
    }

    // time_embedding.linear_1 and patch_embedding have "embedding" in their names and are ordinary layers.
    private static bool IsProjection(string name) =>
        name.Contains("linear", StringComparison.Ordinal) || name.Contains("patch_embedding", StringComparison.Ordinal);
}
