using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Bert;

/// <summary>Attention and a feed-forward layer, each added to what came in and normalised after.</summary>
internal sealed class BertLayer : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Activation activation;

    [ComponentName(Name = "attention")]
    private readonly BertAttention attention;

    [ComponentName(Name = "intermediate")]
    private readonly Dense intermediate;

    [ComponentName(Name = "output")]
    private readonly BertOutput output;

    public BertLayer(BertConfig config)
        : base(nameof(BertLayer))
    {
        activation = config.Activation;
        attention = new BertAttention(config);
        intermediate = new Dense(config.HiddenSize, config.IntermediateSize);
        output = new BertOutput(config.IntermediateSize, config.HiddenSize, config.NormEpsilon);
        RegisterComponents();
    }

    /// <param name="tokens">[B, L, width].</param>
    /// <param name="visible">Which tokens are there, [B, 1, 1, L].</param>
    /// <returns>[B, L, width].</returns>
    public override Tensor forward(Tensor tokens, Tensor visible)
    {
        using var attended = attention.forward(tokens, visible);
        return activation.ApplyInPlace(intermediate.forward(attended)).Into(inner => output.forward(inner, attended));
    }
}
