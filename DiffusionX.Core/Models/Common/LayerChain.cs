using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// Hands an intermediate result on and lets go of it at once: feature maps are large, and a dispose scope would hold all of them to the
/// block's end.
/// </summary>
internal static class LayerChain
{
    /// <summary>The layer's output for <paramref name="input"/>, which is disposed.</summary>
    public static Tensor Into(this Tensor input, nn.Module<Tensor, Tensor> layer)
    {
        using (input)
        {
            return layer.forward(input);
        }
    }

    /// <inheritdoc cref="Into(Tensor, nn.Module{Tensor, Tensor})"/>
    public static Tensor Into(this Tensor input, Func<Tensor, Tensor> layer)
    {
        using (input)
        {
            return layer(input);
        }
    }

    /// <summary><paramref name="sum"/> + <paramref name="addend"/>, written over the sum.</summary>
    public static Tensor Plus(this Tensor sum, Tensor addend) => sum.add_(addend);
}
