using static TorchSharp.torch;

namespace DiffusionX.Tests.Models;

/// <summary>How far two tensors of one shape are apart, whatever their types.</summary>
internal static class LargestDifference
{
    public static double Between(Tensor one, Tensor other)
    {
        using var scope = NewDisposeScope();
        return (one.to(ScalarType.Float64) - other.to(ScalarType.Float64)).abs().max().item<double>();
    }
}
