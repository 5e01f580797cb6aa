using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Clip;

/// <summary>The transformer that CLIP's text and vision halves share.</summary>
internal sealed class ClipEncoder : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "layers")]
    private readonly ModuleList<ClipEncoderLayer> layers;

    public ClipEncoder(int count, ClipLayerConfig config)
        : base(nameof(ClipEncoder))
    {
        layers = new ModuleList<ClipEncoderLayer>([.. Enumerable.Range(0, count).Select(_ => new ClipEncoderLayer(config))]);
        RegisterComponents();
    }

    /// <param name="tokens">[B, T, width].</param>
    /// <returns>[B, T, width].</returns>
    public override Tensor forward(Tensor tokens)
    {
        var hidden = tokens.alias();
        foreach (var layer in layers)
        {
            hidden = hidden.Into(layer);
        }

        return hidden;
    }

    /// <summary>What the last layer takes and what it makes of it, for tokens [B, T, width].</summary>
    public (Tensor Penultimate, Tensor Last) LastTwo(Tensor tokens)
    {
        var hidden = tokens.alias();
        foreach (var layer in layers.Take(layers.Count - 1))
        {
            hidden = hidden.Into(layer);
        }

        return (hidden, layers[^1].forward(hidden));
    }
}
