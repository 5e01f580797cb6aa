using DiffusionX.Models.Layers;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Inception;

/// <summary>A convolution without a bias whose kernel need not be square.</summary>
internal sealed class KernelConvolution : nn.Module<Tensor, Tensor>
{
    private readonly long[] strides;
    private readonly long[] paddings;

    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    public KernelConvolution(long inputs, long outputs, (long Height, long Width) kernel, long stride, (long Height, long Width) padding)
        : base(nameof(KernelConvolution))
    {
        strides = [stride, stride];
        paddings = [padding.Height, padding.Width];
        weight = ParameterPlacement.Allocate(outputs, inputs, kernel.Height, kernel.Width);
        RegisterComponents();
    }

    /// <param name="input">[B, inputs, H, W].</param>
    /// <returns>[B, outputs, H', W'].</returns>
    public override Tensor forward(Tensor input) => nn.functional.conv2d(input, weight, null, strides, paddings);
}
