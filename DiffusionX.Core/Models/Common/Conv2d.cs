using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>A convolution with zero padding.</summary>
internal sealed class Conv2d : nn.Module<Tensor, Tensor>
{
    private readonly long[] strides;
    private readonly long[] paddings;

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
        if (!widens)
        {
            return nn.functional.conv2d(input, weight, bias, strides, paddings);
        }

        using var wide = weight.to(input.dtype);
        return nn.functional.conv2d(input, wide, bias, strides, paddings);
    }
}
