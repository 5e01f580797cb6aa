using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.UNet;

/// <summary>
/// One level on the way down: residual blocks, each with attention to the text where the level has it, then half the size.
/// </summary>
internal sealed class DownBlock : nn.Module
{
    [ComponentName(Name = "resnets")]
    private readonly ModuleList<ResnetBlock> resnets;

    [ComponentName(Name = "attentions")]
    private readonly ModuleList<SpatialTransformer>? attentions;

    [ComponentName(Name = "downsamplers")]
    private readonly ModuleList<Downsample>? downsamplers;

    /// <param name="level">The level.</param>
    /// <param name="inputs">Channels from the level above.</param>
    /// <param name="layers">Residual blocks.</param>
    /// <param name="shrinks">Whether a level follows.</param>
    public DownBlock(UNetLevel level, long inputs, int layers, bool shrinks)
        : base(nameof(DownBlock))
    {
        resnets = new ModuleList<ResnetBlock>(
            [.. Enumerable.Range(0, layers).Select(i => new ResnetBlock(i == 0 ? inputs : level.Channels, level.Channels, level.Resnet))]);
        attentions = level.CreateAttentions();
        downsamplers = shrinks ? new ModuleList<Downsample>(new Downsample(level.Channels, padsEndOnly: false)) : null;
        RegisterComponents();
    }

    /// <summary>The attention layers that read the text.</summary>
    public IEnumerable<CrossAttention> TextAttentions => attentions?.SelectMany(attention => attention.TextAttentions) ?? [];

    /// <param name="input">[B, inputs, H, W]; it stays the caller's.</param>
    /// <param name="time">SiLU of the time embedding.</param>
    /// <param name="text">The text's keys and values.</param>
    /// <param name="skips">Takes every intermediate map, for the way up. The last one is also the output.</param>
    public Tensor Forward(Tensor input, Tensor time, TextContext text, Stack<Tensor> skips)
    {
        var hidden = AtOwnSize(input, time, text, skips);
        if (downsamplers is not null)
        {
            hidden = downsamplers[0].forward(hidden);
            skips.Push(hidden);
        }

        return hidden;
    }

    /// <summary>What the level does before it halves the size.</summary>
    /// <inheritdoc cref="Forward"/>
    public Tensor AtOwnSize(Tensor input, Tensor time, TextContext text, Stack<Tensor> skips)
    {
        var hidden = input;
        for (var i = 0; i < resnets.Count; i++)
        {
            hidden = resnets[i].forward(hidden, time);
            hidden = attentions is null ? hidden : hidden.Into(map => attentions[i].forward(map, text));
            skips.Push(hidden);
        }

        return hidden;
    }
}
