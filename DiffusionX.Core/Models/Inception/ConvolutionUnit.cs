using DiffusionX.Models.Layers;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Inception;

/// <summary>What Inception is built of: a convolution, batch normalisation, ReLU. torchvision's BasicConv2d.</summary>
internal sealed class ConvolutionUnit : nn.Module<Tensor, Tensor>
{
    private const double Epsilon = 0.001;

    [ComponentName(Name = "conv")]
    private readonly KernelConvolution convolution;

    [ComponentName(Name = "bn")]
    private readonly BatchNorm2d norm;

    private ConvolutionUnit(long inputs, long outputs, (long Height, long Width) kernel, long stride, (long Height, long Width) padding)
        : base(nameof(ConvolutionUnit))
    {
        convolution = new KernelConvolution(inputs, outputs, kernel, stride, padding);
        norm = new BatchNorm2d(outputs, Epsilon);
        RegisterComponents();
    }

    /// <summary>Keeps height and width. Kernel sides are odd.</summary>
    public static ConvolutionUnit Same(long inputs, long outputs, (long Height, long Width) kernel) =>
        new(inputs, outputs, kernel, stride: 1, padding: (kernel.Height / 2, kernel.Width / 2));

    /// <inheritdoc cref="Same(long, long, ValueTuple{long, long})"/>
    public static ConvolutionUnit Same(long inputs, long outputs, long kernel) => Same(inputs, outputs, (kernel, kernel));

    /// <summary>Without padding: the map loses its border, and is thinned out by the stride.</summary>
    public static ConvolutionUnit Valid(long inputs, long outputs, long kernel, long stride) =>
        new(inputs, outputs, (kernel, kernel), stride, padding: (0, 0));

    /// <param name="input">[B, inputs, H, W].</param>
    /// <returns>[B, outputs, H', W'].</returns>
    public override Tensor forward(Tensor input) => convolution.forward(input).Into(norm).relu_();
}
