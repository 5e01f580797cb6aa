using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Vae;

/// <summary>One level of the decoder: residual blocks, then twice the size.</summary>
internal sealed class DecoderBlock : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "resnets")]
    private readonly ModuleList<ResnetBlock> resnets;

    [ComponentName(Name = "upsamplers")]
    private readonly ModuleList<Upsample>? upsamplers;

    public DecoderBlock(long inputs, long outputs, int layers, ResnetConfig resnet, bool grows)
        : base(nameof(DecoderBlock))
    {
        resnets = new ModuleList<ResnetBlock>(
            [.. Enumerable.Range(0, layers).Select(i => new ResnetBlock(i == 0 ? inputs : outputs, outputs, resnet))]);
        upsamplers = grows ? new ModuleList<Upsample>(new Upsample(outputs)) : null;
        RegisterComponents();
    }

    /// <param name="input">[B, inputs, H, W].</param>
    /// <returns>[B, outputs, 2·H, 2·W], or H and W on the last level.</returns>
    public override Tensor forward(Tensor input)
    {
        var hidden = input.alias();
        foreach (var resnet in resnets)
        {
            hidden = hidden.Into(map => resnet.forward(map, null));
        }

        return upsamplers is null ? hidden : hidden.Into(upsamplers[0].Double);
    }

    /// <summary>The same, strip by strip.</summary>
    /// <param name="input">[1, inputs, H, W]; it is disposed as soon as it was read, since maps are what takes memory here.</param>
    /// <param name="strips">How.</param>
    /// <returns>The rows of [1, outputs, 2·H, 2·W], computed when they are read; or of H and W on the last level.</returns>
    public Rows Forward(Rows input, Strips strips)
    {
        var hidden = resnets[0].Forward(input, strips);
        input.Dispose();
        foreach (var resnet in resnets.Skip(1))
        {
            hidden = hidden.Into(map => resnet.Forward(Rows.Of(map), strips));
        }

        return (upsamplers is null ? Rows.Of(hidden) : upsamplers[0].DoubledRows(hidden)) with { Owned = hidden };
    }
}
