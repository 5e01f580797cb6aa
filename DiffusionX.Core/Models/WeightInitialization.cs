using static TorchSharp.torch;

namespace DiffusionX.Models;

/// <summary>
/// First values for models that are trained from nothing. Layers come uninitialised, because almost every model is filled from a file;
/// one that isn't has to be filled here.
/// </summary>
public static class WeightInitialization
{
    // What a residual block adds begins at nothing, so that a deep model begins as a shallow one (Goyal et al., 2017; Ho et al., 2020).
    private static readonly string[] ResidualExits = ["conv2.weight", "proj_out.weight", "conv_out.weight"];

    private const double EmbeddingDeviation = 0.02;

    /// <summary>
    /// Fills a module's parameters: uniform in ±1/√fan-in for linear layers and convolutions (LeCun), normal for embeddings, one and zero for
    /// normalisations, zero for biases and for the exits of residual blocks.
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
        if (name.EndsWith("bias", StringComparison.Ordinal) || ResidualExits.Any(exit => name.EndsWith(exit, StringComparison.Ordinal)))
        {
            return zeros(shape);
        }

        if (name.Contains("embedding", StringComparison.Ordinal) && !name.Contains("norm", StringComparison.OrdinalIgnoreCase) && !IsProjection(name))
        {
            return empty(shape).normal_(0, EmbeddingDeviation, generator);
        }

        if (shape.Length == 1)
        {
            return ones(shape);
        }

        var bound = 1 / Math.Sqrt(shape.Skip(1).Aggregate(1L, (product, size) => product * size));
        return empty(shape).uniform_(-bound, bound, generator);
    }

    // time_embedding.linear_1 and patch_embedding have "embedding" in their names and are ordinary layers.
    private static bool IsProjection(string name) =>
        name.Contains("linear", StringComparison.Ordinal) || name.Contains("patch_embedding", StringComparison.Ordinal);
}
