using DiffusionX.Models.Common;
using DiffusionX.Runtime;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Clip;

/// <summary>Attention and a feed-forward layer, each normalised before and added to what came in.</summary>
internal sealed class ClipEncoderLayer : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "layer_norm1")]
    private readonly LayerNorm attentionNorm;

    [ComponentName(Name = "self_attn")]
    private readonly ClipAttention attention;

    [ComponentName(Name = "layer_norm2")]
    private readonly LayerNorm feedForwardNorm;

    [ComponentName(Name = "mlp")]
    private readonly ClipFeedForward feedForward;

    public ClipEncoderLayer(ClipLayerConfig config)
        : base(nameof(ClipEncoderLayer))
    {
        attentionNorm = new LayerNorm(config.Width, config.NormEpsilon);
        attention = new ClipAttention(config);
        feedForwardNorm = new LayerNorm(config.Width, config.NormEpsilon);
        feedForward = new ClipFeedForward(config);
        RegisterComponents();
    }

    /// <param name="tokens">[B, T, width].</param>
    /// <returns>[B, T, width].</returns>
    public override Tensor forward(Tensor tokens)
    {
        ComputeCancellation.ThrowIfRequested();
        using var attended = attentionNorm.forward(tokens).Into(attention).Plus(tokens);
        return feedForwardNorm.forward(attended).Into(feedForward).Plus(attended);
    }
}

/// <summary>What the layers of one encoder have in common.</summary>
/// <param name="Width">The width of the hidden states.</param>
/// <param name="InnerWidth">The width inside the feed-forward layer.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Causal">Whether a position sees only itself and what precedes it: in the text half.</param>
/// <param name="Activation">The non-linearity.</param>
/// <param name="NormEpsilon">The normalisations' epsilon.</param>
internal sealed record ClipLayerConfig(int Width, int InnerWidth, int Heads, bool Causal, Activation Activation, double NormEpsilon);
