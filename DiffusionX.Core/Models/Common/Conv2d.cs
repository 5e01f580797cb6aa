using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>A convolution with zero padding.</summary>
internal sealed class Conv2d : nn.Module<Tensor, Tensor>
{
    // A kernel, or some outputs of it, on a map.
    private delegate Tensor Convolution(Tensor input, Tensor kernel, Tensor? bias);

    private readonly long[] strides;
    private readonly long[] paddings;

    // Numbers of a kernel that are widened at a time: 16 MB in float32, and as much again for the order in which oneDNN wants them.
    private const long WidenedAtOnce = 1 << 22;

    private readonly bool keepsSize;
    private readonly bool widens = ParameterPlacement.StoresNarrow;

    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter? bias;

    /// <summary>A square convolution.</summary>
    public Conv2d(long inputs, long outputs, long kernel, long stride = 1, long padding = 0, bool hasBias = true)
        : this(inputs, outputs, (kernel, kernel), stride, (padding, padding), hasBias)
    {
    }

    /// <summary>A convolution whose kernel may be wider than high, or higher than wide.</summary>
    public Conv2d(
        long inputs, long outputs, (long Height, long Width) kernel, long stride, (long Vertical, long Horizontal) padding, bool hasBias)
        : base(nameof(Conv2d))
    {
        strides = [stride, stride];
        paddings = [padding.Vertical, padding.Horizontal];
        keepsSize = stride == 1 && kernel == ((2 * padding.Vertical) + 1, (2 * padding.Horizontal) + 1);
        weight = ParameterPlacement.AllocateKernel(outputs, inputs, kernel);
        bias = hasBias ? ParameterPlacement.Allocate(outputs) : null;
        RegisterComponents();
    }

    /// <summary>A 3×3 convolution that keeps height and width.</summary>
    public static Conv2d Same3x3(long inputs, long outputs) => new(inputs, outputs, kernel: 3, padding: 1);

    /// <param name="input">[B, inputs, H, W].</param>
    /// <returns>[B, outputs, H', W'].</returns>
    public override Tensor forward(Tensor input)
    {
        // Kernels that keep height and width are the ones that take long.
        var pieces = keepsSize ? LongOperation.Pieces(input.size(0) * input.size(2) * input.size(3) * weight.numel(), input) : 1;
        return Convolve(input, pieces, ConvolveOnce);
    }

    /// <summary>A 3×3 convolution of a map that is doubled before by repeating its positions.</summary>
    /// <param name="input">[B, inputs, H, W].</param>
    /// <returns>[B, outputs, 2·H, 2·W].</returns>
    public Tensor ForwardDoubled(Tensor input)
    {
        if (!DoublingConvolution.Pays(input))
        {
            return nn.functional.interpolate(input, [2 * input.size(2), 2 * input.size(3)], mode: InterpolationMode.Nearest).Into(this);
        }

        var pieces = LongOperation.Pieces(2 * input.size(0) * input.size(2) * input.size(3) * weight.numel(), input);
        return Convolve(input, pieces, DoublingConvolution.Convolve);
    }

    private Tensor Convolve(Tensor input, long pieces, Convolution convolve) =>
        pieces == 1 ? Convolve(input, convolve) : ConvolveSamples(input, pieces, convolve);

    private Tensor ConvolveSamples(Tensor input, long pieces, Convolution convolve)
    {
        var samples = input.size(0);
        var each = ((pieces - 1) / samples) + 1;
        return LongOperation.InPieces(samples, samples, 0, (sample, _) => ConvolveRows(input.narrow(0, sample, 1), each, convolve));
    }

    // With the rows beside a piece that its kernels look at.
    private Tensor ConvolveRows(Tensor input, long pieces, Convolution convolve)
    {
        var height = input.size(2);
        var margin = paddings[0];
        return LongOperation.InPieces(height, pieces, 2, (first, count) =>
        {
            var (above, below) = (Math.Min(margin, first), Math.Min(margin, height - first - count));
            var rows = Convolve(input.narrow(2, first - above, above + count + below), convolve);
            var growth = rows.size(2) / (above + count + below);
            return rows.narrow(2, growth * above, growth * count);
        });
    }

    private Tensor Convolve(Tensor input, Convolution convolve)
    {
        if (!widens)
        {
            return convolve(input, weight, bias);
        }

        if (weight.numel() <= WidenedAtOnce)
        {
            using var wide = weight.to(input.dtype);
            return convolve(input, wide, bias);
        }

        return ConvolveInParts(input, convolve);
    }

    // Some of the outputs at a time. Kernels are largest where maps are smallest.
    private Tensor ConvolveInParts(Tensor input, Convolution convolve)
    {
        using var scope = NewDisposeScope();
        var outputs = weight.size(0);
        var together = Math.Max(1, outputs * WidenedAtOnce / weight.numel());
        var parts = new List<Tensor>();
        for (var first = 0L; first < outputs; first += together)
        {
            using var part = NewDisposeScope();
            var count = Math.Min(together, outputs - first);
            var wide = weight.narrow(0, first, count).to(input.dtype);
            parts.Add(convolve(input, wide, bias?.narrow(0, first, count)).MoveToOuterDisposeScope());
        }

        return cat(parts, 1).MoveToOuterDisposeScope();
    }

    private Tensor ConvolveOnce(Tensor input, Tensor kernel, Tensor? addend) =>
        SmallMapConvolution.Pays(input, kernel, strides, paddings)
            ? SmallMapConvolution.Convolve(input, kernel, addend)
            : nn.functional.conv2d(input, kernel, addend, strides, paddings);
}
