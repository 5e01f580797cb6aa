using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Vae;

/// <summary>One level of the encoder: residual blocks, then half the size.</summary>
internal sealed class EncoderBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "resnets")]
    private readonly ModuleList<ResnetBlock> resnets;

    [ComponentName(Name = "downsamplers")]
    private readonly ModuleList<Downsample>? downsamplers;

    public EncoderBlock(long inputs, long outputs, int layers, ResnetConfig resnet, bool shrinks)
        : base(nameof(EncoderBlock))
    {
        resnets = new ModuleList<ResnetBlock>(
            [.. Enumerable.Range(0, layers).Select(i => new ResnetBlock(i == 0 ? inputs : outputs, outputs, resnet))]);
        downsamplers = shrinks ? new ModuleList<Downsample>(new Downsample(outputs, padsEndOnly: true)) : null;
        RegisterComponents();
    }

    /// <param name="input">[B, inputs, H, W].</param>
    /// <returns>[B, outputs, H/2, W/2], or H and W on the last level.</returns>
    public override Tensor forward(Tensor input)
    {
        var hidden = input.alias();
        foreach (var resnet in resnets)
        {
            hidden = hidden.Into(map => resnet.forward(map, null));
        }

        return downsamplers is null ? hidden : hidden.Into(downsamplers[0]);
    }

    /// <summary>The same, strip by strip.</summary>
    /// <param name="input">[1, inputs, H, W].</param>
    /// <param name="strips">How.</param>
    /// <returns>[1, outputs, H/2, W/2], or H and W on the last level.</returns>
    public Tensor Forward(Rows input, Strips strips)
    {
        var hidden = resnets[0].Forward(input, strips);
        foreach (var resnet in resnets.Skip(1))
        {
            hidden = hidden.Into(map => resnet.Forward(Rows.Of(map), strips));
        }

        return downsamplers is null ? hidden : hidden.Into(map => downsamplers[0].Forward(map, strips));
    }
}
