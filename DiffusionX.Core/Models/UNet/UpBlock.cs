using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.UNet;

/// <summary>One level on the way up: residual blocks, each of which also sees a map from the way down, then twice the size.</summary>
internal sealed class UpBlock : nn.Module
{
    [ComponentName(Name = "resnets")]
    private readonly ModuleList<ResnetBlock> resnets;

    [ComponentName(Name = "attentions")]
    private readonly ModuleList<SpatialTransformer>? attentions;

    [ComponentName(Name = "upsamplers")]
    private readonly ModuleList<Upsample>? upsamplers;

    /// <param name="level">The level.</param>
    /// <param name="inputs">Channels from the level below.</param>
    /// <param name="skips">Channels of the maps from the way down, in the order in which they are taken.</param>
    /// <param name="grows">Whether a level follows.</param>
    public UpBlock(UNetLevel level, long inputs, IReadOnlyList<long> skips, bool grows)
        : base(nameof(UpBlock))
    {
        resnets = new ModuleList<ResnetBlock>(
            [.. skips.Select((skip, i) => new ResnetBlock((i == 0 ? inputs : level.Channels) + skip, level.Channels, level.Resnet))]);
        attentions = level.CreateAttentions();
        upsamplers = grows ? new ModuleList<Upsample>(new Upsample(level.Channels)) : null;
        RegisterComponents();
    }

    /// <summary>The attention layers that read the text.</summary>
    public IEnumerable<CrossAttention> TextAttentions => attentions?.SelectMany(attention => attention.TextAttentions) ?? [];

    /// <param name="input">[B, inputs, H, W]; it is disposed.</param>
    /// <param name="time">SiLU of the time embedding.</param>
    /// <param name="text">The text's keys and values.</param>
    /// <param name="skips">The maps from the way down; this level's are taken off and disposed.</param>
    public Tensor Forward(Tensor input, Tensor time, TextContext text, Stack<Tensor> skips)
    {
        var hidden = input;
        for (var i = 0; i < resnets.Count; i++)
        {
            hidden = hidden.Into(map => Join(map, skips.Pop())).Into(map => resnets[i].forward(map, time));
            hidden = attentions is null ? hidden : hidden.Into(map => attentions[i].forward(map, text));
        }

        return upsamplers is null ? hidden : hidden.Into(map => upsamplers[0].forward(map, SizeOf(skips.Peek())));
    }

    private static Tensor Join(Tensor map, Tensor skip)
    {
        using (skip)
        {
            return cat([map, skip], 1);
        }
    }

    // Twice the size, or what the way down had at this level where that was odd.
    private static (long Height, long Width) SizeOf(Tensor skip) => (skip.size(2), skip.size(3));
}
