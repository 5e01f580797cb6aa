using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Bert;

/// <summary>BERT's transformer layers.</summary>
internal sealed class BertEncoder : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "layer")]
    private readonly ModuleList<BertLayer> layers;

    public BertEncoder(BertConfig config)
        : base(nameof(BertEncoder))
    {
        layers = new ModuleList<BertLayer>([.. Enumerable.Range(0, config.Layers).Select(_ => new BertLayer(config))]);
        RegisterComponents();
    }

    /// <param name="tokens">[B, L, width].</param>
    /// <param name="visible">Which tokens are there, [B, 1, 1, L].</param>
    /// <returns>[B, L, width].</returns>
    public override Tensor forward(Tensor tokens, Tensor visible)
    {
        var hidden = tokens.alias();
        foreach (var layer in layers)
        {
            hidden = hidden.Into(t => layer.forward(t, visible));
        }

        return hidden;
    }
}
