using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>Grows a feature map by repeating positions, then convolves: diffusers' Upsample2D.</summary>
internal sealed class Upsample : nn.Module<Tensor, (long Height, long Width), Tensor>
{
    [ComponentName(Name = "conv")]
    private readonly Conv2d convolution;

    public Upsample(long channels)
        : base(nameof(Upsample))
    {
        convolution = Conv2d.Same3x3(channels, channels);
        RegisterComponents();
    }

    /// <param name="input">[B, channels, H, W].</param>
    /// <param name="size">The height and width to reach: twice the input's, or one less where the size on the way down was odd.</param>
    /// <returns>[B, channels, height, width].</returns>
    public override Tensor forward(Tensor input, (long Height, long Width) size) => size == (2 * input.size(2), 2 * input.size(3))
        ? Double(input)
        : nn.functional.interpolate(input, [size.Height, size.Width], mode: InterpolationMode.Nearest).Into(convolution);

    /// <summary>[1, channels, H, W] → [1, channels, 2·H, 2·W], computed when its rows are read.</summary>
    /// <param name="input">It is read for as long as the result is.</param>
    public Rows DoubledRows(Tensor input) => new(2 * input.size(2), 2 * input.size(3), (first, count) => ReadDoubled(input, first, count));

    // With the row before and the row after, which the convolution looks at.
    private Tensor ReadDoubled(Tensor input, long first, long count)
    {
        using var scope = NewDisposeScope();
        var (start, end) = (Math.Max(first - 1, 0) / 2, Math.Min((first + count) / 2, input.size(2) - 1));
        return Double(input.narrow(2, start, end - start + 1)).narrow(2, first - (2 * start), count).MoveToOuterDisposeScope();
    }

    /// <summary>[B, channels, H, W] → [B, channels, 2·H, 2·W].</summary>
    public Tensor Double(Tensor input) => convolution.ForwardDoubled(input);
}
