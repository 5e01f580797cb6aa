using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// A 3×3 convolution of a small map as one matrix product: of all patches, [B·H·W, 9·C], with the kernel. oneDNN's convolutions pay for the
/// kernel's reordering at each call, which a map of a few positions does not earn back: at 8×8 they take two to three times as long. The
/// patches are copied here: what libtorch has for it takes five operations, and each costs as much as the copying.
/// </summary>
internal static class SmallMapConvolution
{
    // Positions of a map up to which it is faster, measured in float32 and bfloat16 with 32 to 2560 channels.
    private const long MostPositions = 64;

    private const int Side = 3;

    /// <summary>Whether it is the faster way.</summary>
    /// <param name="input">[B, C, H, W].</param>
    /// <param name="kernel">[out, C, h, w], channels last in memory.</param>
    /// <param name="strides">The convolution's.</param>
    /// <param name="paddings">The convolution's.</param>
    public static bool Pays(Tensor input, Tensor kernel, long[] strides, long[] paddings) =>
        paddings is [1, 1]
        && strides is [1, 1]
        && !is_grad_enabled()
        && input.device_type == DeviceType.CPU
        && (kernel.size(2), kernel.size(3)) == (Side, Side)
        && input.size(2) * input.size(3) <= MostPositions;

    /// <param name="input">[B, C, H, W].</param>
    /// <param name="kernel">[out, C, 3, 3], channels last in memory.</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>[B, out, H, W], channels last in memory.</returns>
    public static Tensor Convolve(Tensor input, Tensor kernel, Tensor? bias)
    {
        using var rows = FeatureMap.ToRows(input);
        using var patches = Patches(rows);
        using var lastChannels = FeatureMap.ToRows(kernel);
        using var matrix = lastChannels.flatten(1);
        using var product = nn.functional.linear(patches, matrix, bias);
        return FeatureMap.FromTokens(product, input.size(2), input.size(3));
    }

    /// <param name="rows">[B, H, W, C], contiguous.</param>
    /// <returns>[B, H·W, 9·C]: what the kernel sees at each position, zeros beyond the edges.</returns>
    private static Tensor Patches(Tensor rows)
    {
        var (height, width, channels) = ((int)rows.size(1), (int)rows.size(2), rows.size(3));
        var patches = empty([rows.size(0), height * width, Side * Side * channels], rows.dtype);
        var position = (int)(channels * rows.element_size());
        var from = rows.bytes;
        var to = patches.bytes;
        var line = width * position;
        var map = height * line;
        for (var at = 0; at < from.Length; at += position)
        {
            var (y, x) = (at % map / line, at % line / position);
            for (var row = y - 1; row <= y + 1; row++)
            {
                CopyLine(row < 0 || row >= height ? [] : from.Slice(at - (at % map) + (row * line), line), x * position, to[..(Side * position)]);
                to = to[(Side * position)..];
            }
        }

        return patches;
    }

    /// <summary>Copies what lies at a place of a line, with what lies to its left and right.</summary>
    /// <param name="line">A line of positions; empty beyond the upper and the lower edge.</param>
    /// <param name="at">The place, in bytes.</param>
    /// <param name="to">Three positions.</param>
    private static void CopyLine(ReadOnlySpan<byte> line, int at, Span<byte> to)
    {
        var position = to.Length / Side;
        var (first, end) = (Math.Max(at - position, 0), Math.Min(at + (2 * position), line.Length));
        if (end - first < to.Length)
        {
            to.Clear();
        }

        if (line.Length > 0)
        {
            line[first..end].CopyTo(to[(first - at + position)..]);
        }
    }
}
