using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Conditioning;

/// <summary>The weights of a prompt's words, put on what a text encoder gives for them.</summary>
internal static class Emphasis
{
    private const double LeastMean = 1e-6;

    /// <summary>
    /// Each position's vector multiplied with its weight, and all of them scaled so that their mean stays as it was: what A1111 calls
    /// "Original". Where every weight is 1 the values stay, bit for bit.
    /// </summary>
    /// <param name="hidden">A text encoder's states for one chunk [1, L, width].</param>
    /// <param name="weights">[L].</param>
    public static Tensor Apply(Tensor hidden, float[] weights)
    {
        if (weights.All(weight => weight == 1))
        {
            return hidden.alias();
        }

        using var scope = NewDisposeScope();
        var weighed = hidden * tensor(weights, [1, weights.Length, 1], device: hidden.device).to(hidden.dtype);
        var (before, after) = (Mean(hidden), Mean(weighed));

        // Weights that cancel out leave no mean to scale by.
        return (Math.Abs(after) < LeastMean ? weighed : weighed * (before / after)).MoveToOuterDisposeScope();
    }

    private static double Mean(Tensor values) => values.to(ScalarType.Float64).mean().item<double>();
}
