using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.UNet;

/// <summary>The middle of a UNet: attention to the text between two residual blocks, at the lowest resolution.</summary>
internal sealed class MidBlock : nn.Module
{
    [ComponentName(Name = "resnets")]
    private readonly ModuleList<ResnetBlock> resnets;

    [ComponentName(Name = "attentions")]
    private readonly ModuleList<SpatialTransformer> attentions;

    public MidBlock(UNetLevel level)
        : base(nameof(MidBlock))
    {
        resnets = new ModuleList<ResnetBlock>(
            new ResnetBlock(level.Channels, level.Channels, level.Resnet), new ResnetBlock(level.Channels, level.Channels, level.Resnet));
        attentions = new ModuleList<SpatialTransformer>(new SpatialTransformer(level.Channels, level.Heads, level.Transformer));
        RegisterComponents();
    }

    /// <summary>The attention layers that read the text.</summary>
    public IEnumerable<CrossAttention> TextAttentions => attentions[0].TextAttentions;

    /// <param name="input">[B, C, H, W]; it stays the caller's.</param>
    /// <param name="time">SiLU of the time embedding.</param>
    /// <param name="text">The text's keys and values.</param>
    public Tensor Forward(Tensor input, Tensor time, TextContext text) =>
        resnets[0].forward(input, time)
            .Into(map => attentions[0].forward(map, text))
            .Into(map => resnets[1].forward(map, time));
}
