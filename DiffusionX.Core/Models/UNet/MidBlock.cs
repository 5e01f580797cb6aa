using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.UNet;

/// <summary>
/// The middle of a UNet, at the lowest resolution: attention to the text between two residual blocks, or one residual block alone.
/// </summary>
internal sealed class MidBlock : nn.Module
{
    [ComponentName(Name = "resnets")]
    private readonly ModuleList<ResnetBlock> resnets;

    [ComponentName(Name = "attentions")]
    private readonly ModuleList<SpatialTransformer>? attentions;

    public MidBlock(UNetLevel level)
        : base(nameof(MidBlock))
    {
        attentions = level.CreateAttentions();
        var count = 1 + (attentions?.Count ?? 0);
        resnets = new ModuleList<ResnetBlock>(
            [.. Enumerable.Range(0, count).Select(_ => new ResnetBlock(level.Channels, level.Channels, level.Resnet))]);
        RegisterComponents();
    }

    /// <summary>The attention layers that read the text.</summary>
    public IEnumerable<CrossAttention> TextAttentions => attentions?.SelectMany(attention => attention.TextAttentions) ?? [];

    /// <param name="input">[B, C, H, W]; it stays the caller's.</param>
    /// <param name="time">SiLU of the time embedding.</param>
    /// <param name="text">The text's keys and values.</param>
    public Tensor Forward(Tensor input, Tensor time, TextContext text)
    {
        var hidden = resnets[0].forward(input, time);
        for (var i = 1; i < resnets.Count; i++)
        {
            hidden = hidden.Into(map => attentions![i - 1].forward(map, text)).Into(map => resnets[i].forward(map, time));
        }

        return hidden;
    }
}
