using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// A 3×3 convolution of a small map as one matrix product: of all patches, [B·H·W, 9·C], with the kernel. oneDNN's convolutions pay for the
/// kernel's reordering at each call, which a map of a few positions does not earn back: at 8×8 they take two to three times as long.
/// </summary>
internal static class SmallMapConvolution
{
    // Positions of a map up to which it is faster, measured in float32 and bfloat16 with 32 to 2560 channels.
    private const long MostPositions = 64;

    private const long Side = 3;

    /// <summary>Whether it is the faster way.</summary>
    /// <param name="input">[B, C, H, W].</param>
    /// <param name="kernel">[out, C, h, w], channels last in memory.</param>
    /// <param name="strides">The convolution's.</param>
    /// <param name="paddings">The convolution's.</param>
    public static bool Pays(Tensor input, Tensor kernel, long[] strides, long[] paddings) =>
        input.device_type == DeviceType.CPU
        && !is_grad_enabled()
        && kernel.shape is [_, _, Side, Side]
        && strides is [1, 1]
        && paddings is [1, 1]
        && input.shape[2] * input.shape[3] <= MostPositions;

    /// <param name="input">[B, C, H, W].</param>
    /// <param name="kernel">[out, C, 3, 3], channels last in memory.</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>[B, out, H, W], channels last in memory.</returns>
    public static Tensor Convolve(Tensor input, Tensor kernel, Tensor? bias)
    {
        var (batch, channels, height, width) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3]);
        using var rows = input.permute(0, 2, 3, 1);
        using var padded = nn.functional.pad(rows, [0, 0, 1, 1, 1, 1]);
        var line = (width + 2) * channels;
        using var windows = padded.as_strided(
            [batch, height, width, Side, Side, channels], [(height + 2) * line, line, channels, line, channels, 1]);
        using var patches = windows.reshape(batch * height * width, Side * Side * channels);
        using var lastChannels = kernel.permute(0, 2, 3, 1);
        using var matrix = lastChannels.reshape(kernel.shape[0], -1);
        using var product = nn.functional.linear(patches, matrix, bias);
        using var map = product.view(batch, height, width, kernel.shape[0]);
        return map.permute(0, 3, 1, 2);
    }
}
