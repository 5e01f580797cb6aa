using DiffusionX.Models.Common;
using DiffusionX.Runtime;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Vae;

/// <summary>From a latent to its picture.</summary>
internal sealed class Decoder : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "conv_in")]
    private readonly Conv2d convIn;

    [ComponentName(Name = "mid_block")]
    private readonly AutoencoderMidBlock midBlock;

    [ComponentName(Name = "up_blocks")]
    private readonly ModuleList<DecoderBlock> blocks;

    [ComponentName(Name = "conv_norm_out")]
    private readonly GroupNorm normOut;

    [ComponentName(Name = "conv_out")]
    private readonly Conv2d convOut;

    public Decoder(AutoencoderKLConfig config)
        : base(nameof(Decoder))
    {
        int[] channels = [.. config.BlockOutChannels.Reverse()];
        var resnet = AutoencoderMidBlock.ResnetOf(config);
        convIn = Conv2d.Same3x3(config.LatentChannels, channels[0]);
        midBlock = new AutoencoderMidBlock(channels[0], resnet);
        blocks = new ModuleList<DecoderBlock>([.. channels.Select((width, i) =>
            new DecoderBlock(channels[Math.Max(i - 1, 0)], width, config.LayersPerBlock + 1, resnet, grows: i < channels.Length - 1))]);
        normOut = new GroupNorm(config.NormGroups, channels[^1], resnet.Epsilon);
        convOut = Conv2d.Same3x3(channels[^1], config.OutChannels);
        RegisterComponents();
    }

    /// <param name="latent">[B, LatentChannels, h, w].</param>
    /// <returns>[B, 3, 8·h, 8·w].</returns>
    public override Tensor forward(Tensor latent)
    {
        var hidden = convIn.forward(latent).Into(midBlock);
        foreach (var block in blocks)
        {
            hidden = hidden.Into(block);
        }

        return hidden.Into(map => normOut.Activated(map)).Into(convOut);
    }

    /// <summary>The same, strip by strip.</summary>
    /// <param name="latent">[1, LatentChannels, h, w].</param>
    /// <param name="strips">How.</param>
    /// <returns>[1, 3, 8·h, 8·w].</returns>
    public Tensor Forward(Tensor latent, Strips strips)
    {
        var map = convIn.forward(latent).Into(input => midBlock.Forward(input, strips));
        var rows = Rows.Of(map) with { Owned = map };
        // The largest map of all, of the picture's size and the second level's channels, may be computed each time it is read.
        var kept = blocks.Count - (strips.SavesMemory ? 2 : 1);
        foreach (var (level, block) in blocks.Index())
        {
            // What was freed before lies in pieces too small for this level's maps, and would count beside them.
            NativeHeap.Trim();
            rows = block.Forward(rows, strips);
            rows = level < kept ? strips.Keep(rows) : rows;
        }

        using (rows)
        {
            return strips.Convolve(rows, normOut.MeasureActivated(rows, strips), convOut);
        }
    }
}
