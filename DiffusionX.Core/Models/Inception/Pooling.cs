using static TorchSharp.torch;

namespace DiffusionX.Models.Inception;

/// <summary>Inception's 3×3 poolings.</summary>
internal static class Pooling
{
    private const long Kernel = 3;

    /// <summary>
    /// [B, C, H, W] → [B, C, H, W]. A border position is the mean of what lies inside the map: torchvision's average counts the padding
    /// too, the network that the FID was defined with does not.
    /// </summary>
    public static Tensor Average(Tensor input) => nn.functional.avg_pool2d(input, Kernel, stride: 1, padding: 1, count_include_pad: false);

    /// <summary>[B, C, H, W] → [B, C, H, W].</summary>
    public static Tensor Maximum(Tensor input) => nn.functional.max_pool2d(input, Kernel, stride: 1, padding: 1);

    /// <summary>[B, C, H, W] → [B, C, (H-1)/2, (W-1)/2].</summary>
    public static Tensor Halving(Tensor input) => nn.functional.max_pool2d(input, Kernel, stride: 2);
}
