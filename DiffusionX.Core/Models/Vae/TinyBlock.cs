using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Vae;

/// <summary>TAESD's residual block: three convolutions, rectified in between and at the end.</summary>
internal sealed class TinyBlock : nn.Module<Tensor, Tensor>
{
    // diffusers numbers the activations in between too.
    [ComponentName(Name = "conv")]
    private readonly ModuleDict<Conv2d> convolutions;

    public TinyBlock(long channels)
        : base(nameof(TinyBlock))
    {
        convolutions = nn.ModuleDict<Conv2d>(
            ("0", Conv2d.Same3x3(channels, channels)),
            ("2", Conv2d.Same3x3(channels, channels)),
            ("4", Conv2d.Same3x3(channels, channels)));
        RegisterComponents();
    }

    /// <param name="input">[B, C, H, W].</param>
    /// <returns>[B, C, H, W].</returns>
    public override Tensor forward(Tensor input)
    {
        var hidden = Activation.Relu.ApplyInPlace(convolutions["0"].forward(input)).Into(convolutions["2"]);
        return Activation.Relu.ApplyInPlace(Activation.Relu.ApplyInPlace(hidden).Into(convolutions["4"]).Plus(input));
    }
}
