using static TorchSharp.torch;

namespace DiffusionX.Tests.Evaluation;

/// <summary>Made-up features, the same ones for the same seed.</summary>
internal static class Features
{
    /// <summary>Normal rows [count, width] in float64, each column of another scale and correlated with its neighbour.</summary>
    public static Tensor Drawn(ulong seed, long count, long width)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed);
        var independent = randn([count, width], ScalarType.Float64, generator: generator);
        var scales = arange(1, width + 1, ScalarType.Float64).div_(width);
        return ((independent + (independent.roll(1, 1) * 0.5)) * scales).MoveToOuterDisposeScope();
    }
}
