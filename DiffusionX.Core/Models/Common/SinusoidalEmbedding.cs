using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>Numbers as vectors: sines and cosines of geometrically falling frequency (Vaswani et al., 2017; Ho et al., 2020).</summary>
/// <param name="Width">How many sines and cosines together; an odd one has a zero at its end.</param>
/// <param name="CosinesFirst">diffusers' <c>flip_sin_to_cos</c>.</param>
/// <param name="FrequencyShift">diffusers' <c>freq_shift</c>.</param>
internal sealed record SinusoidalEmbedding(int Width, bool CosinesFirst, double FrequencyShift)
{
    private const double LongestPeriod = 10_000;

    /// <summary>[B, Width] in float32 for numbers [B] of any type.</summary>
    public Tensor Of(Tensor numbers)
    {
        using var scope = NewDisposeScope();
        var half = Width / 2;
        var exponents = arange(half, ScalarType.Float32, numbers.device) * (-Math.Log(LongestPeriod) / (half - FrequencyShift));
        var angles = numbers.to(ScalarType.Float32).unsqueeze(1) * exponents.exp_().unsqueeze(0);
        var (sines, cosines) = (angles.sin(), angles.cos());
        var waves = CosinesFirst ? cat([cosines, sines], 1) : cat([sines, cosines], 1);
        return (Width % 2 == 0 ? waves : nn.functional.pad(waves, [0, 1])).MoveToOuterDisposeScope();
    }
}
