using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Inception;

/// <summary>Convolution, batch normalisation and ReLU: what all of Inception is made of, torchvision's BasicConv2d.</summary>
internal sealed class BasicConv2d : nn.Module<Tensor, Tensor>
{
    private const double Epsilon = 1e-3;

    [ComponentName(Name = "conv")]
    private readonly Conv2d convolution;

    [ComponentName(Name = "bn")]
    private readonly BatchNorm2d norm;

    public BasicConv2d(
        long inputs, long outputs, (long Height, long Width) kernel, long stride, (long Vertical, long Horizontal) padding)
        : base(nameof(BasicConv2d))
    {
        convolution = new Conv2d(inputs, outputs, kernel, stride, padding, hasBias: false);
        norm = new BatchNorm2d(outputs, Epsilon);
        RegisterComponents();
    }

    /// <param name="input">[B, inputs, H, W].</param>
    /// <returns>[B, outputs, H', W'].</returns>
    public override Tensor forward(Tensor input) => Activation.Relu.ApplyInPlace(convolution.forward(input).Into(norm));
}
