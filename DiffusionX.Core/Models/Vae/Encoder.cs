using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Vae;

/// <summary>From a picture to the moments of its latents' distribution.</summary>
internal sealed class Encoder : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv_in")]
    private readonly Conv2d convIn;

    [ComponentName(Name = "down_blocks")]
    private readonly ModuleList<EncoderBlock> blocks;

    [ComponentName(Name = "mid_block")]
    private readonly AutoencoderMidBlock midBlock;

    [ComponentName(Name = "conv_norm_out")]
    private readonly GroupNorm normOut;

    [ComponentName(Name = "conv_out")]
    private readonly Conv2d convOut;

    public Encoder(AutoencoderKLConfig config)
        : base(nameof(Encoder))
    {
        var channels = config.BlockOutChannels;
        var resnet = AutoencoderMidBlock.ResnetOf(config);
        convIn = Conv2d.Same3x3(config.InChannels, channels[0]);
        blocks = new ModuleList<EncoderBlock>([.. channels.Select((width, i) =>
            new EncoderBlock(channels[Math.Max(i - 1, 0)], width, config.LayersPerBlock, resnet, shrinks: i < channels.Count - 1))]);
        midBlock = new AutoencoderMidBlock(channels[^1], resnet);
        normOut = new GroupNorm(config.NormGroups, channels[^1], resnet.Epsilon);
        convOut = Conv2d.Same3x3(channels[^1], 2 * config.LatentChannels);
        RegisterComponents();
    }

    /// <param name="image">[B, 3, H, W].</param>
    /// <returns>[B, 2·LatentChannels, H/8, W/8].</returns>
    public override Tensor forward(Tensor image)
    {
        var hidden = FeatureMap.ChannelsLast(image).Into(convIn);
        foreach (var block in blocks)
        {
            hidden = hidden.Into(block);
        }

        return hidden.Into(midBlock).Into(map => normOut.Activated(map)).Into(convOut);
    }

    /// <summary>The same, strip by strip.</summary>
    /// <param name="image">[1, 3, H, W].</param>
    /// <param name="strips">How.</param>
    /// <returns>[1, 2·LatentChannels, H/8, W/8].</returns>
    public Tensor Forward(Tensor image, Strips strips)
    {
        var hidden = strips.Convolve(Rows.Of(image), rows => rows.alias(), convIn);
        foreach (var block in blocks)
        {
            hidden = hidden.Into(map => block.Forward(Rows.Of(map), strips));
        }

        return hidden.Into(map => midBlock.Forward(map, strips))
            .Into(map => strips.Convolve(Rows.Of(map), normOut.MeasureActivated(Rows.Of(map), strips), convOut));
    }
}
