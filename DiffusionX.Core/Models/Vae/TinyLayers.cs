using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using Doubling = TorchSharp.Modules.Upsample;

namespace DiffusionX.Models.Vae;

/// <summary>
/// One side of TAESD: a single row of layers. diffusers counts activations and upsamplings in it too, so the layers with weights are kept
/// under their numbers in that row.
/// </summary>
internal sealed class TinyLayers : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "layers")]
    private readonly ModuleDict<nn.Module<Tensor, Tensor>> layers;

    private TinyLayers(IReadOnlyList<nn.Module<Tensor, Tensor>> row)
        : base(nameof(TinyLayers))
    {
        layers = nn.ModuleDict<nn.Module<Tensor, Tensor>>([.. row.Select((layer, i) => ($"{i}", layer))]);
        RegisterComponents();
    }

    public static TinyLayers Encoder(AutoencoderTinyConfig config)
    {
        var row = new List<nn.Module<Tensor, Tensor>>();
        for (var level = 0; level < config.EncoderBlocks.Count; level++)
        {
            row.Add(level == 0
                ? Conv2d.Same3x3(3, config.Channels)
                : new Conv2d(config.Channels, config.Channels, kernel: 3, stride: 2, padding: 1, hasBias: false));
            row.AddRange(Blocks(config.EncoderBlocks[level], config.Channels));
        }

        row.Add(Conv2d.Same3x3(config.Channels, config.LatentChannels));
        return new TinyLayers(row);
    }

    public static TinyLayers Decoder(AutoencoderTinyConfig config)
    {
        var row = new List<nn.Module<Tensor, Tensor>> { Conv2d.Same3x3(config.LatentChannels, config.Channels), nn.ReLU() };
        for (var level = 0; level < config.DecoderBlocks.Count; level++)
        {
            row.AddRange(Blocks(config.DecoderBlocks[level], config.Channels));
            if (level < config.DecoderBlocks.Count - 1)
            {
                row.Add(nn.Upsample(scale_factor: [2, 2]));
                row.Add(new Conv2d(config.Channels, config.Channels, kernel: 3, padding: 1, hasBias: false));
            }
        }

        row.Add(Conv2d.Same3x3(config.Channels, 3));
        return new TinyLayers(row);
    }

    /// <param name="input">[B, 3, H, W] in [0, 1], or a latent.</param>
    public override Tensor forward(Tensor input)
    {
        var hidden = input.alias();
        var doubles = false;
        foreach (var layer in layers.values())
        {
            // An upsampling is computed with the convolution that follows it.
            if (layer is Doubling)
            {
                doubles = true;
                continue;
            }

            hidden = doubles ? hidden.Into(((Conv2d)layer).ForwardDoubled) : hidden.Into(layer);
            doubles = false;
        }

        return hidden;
    }

    private static IEnumerable<TinyBlock> Blocks(int count, long channels) =>
        Enumerable.Range(0, count).Select(_ => new TinyBlock(channels));
}
