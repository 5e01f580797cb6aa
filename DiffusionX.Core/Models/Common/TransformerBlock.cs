using DiffusionX.Runtime;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// Attention to itself, attention to the text, and a feed-forward layer, each on top of what came in: diffusers' BasicTransformerBlock.
/// </summary>
internal sealed class TransformerBlock : nn.Module<Tensor, TextContext, Tensor>
{
    [ComponentName(Name = "norm1")]
    private readonly LayerNorm selfNorm;

    [ComponentName(Name = "attn1")]
    private readonly SelfAttention selfAttention;

    [ComponentName(Name = "norm2")]
    private readonly LayerNorm textNorm;

    [ComponentName(Name = "attn2")]
    private readonly CrossAttention textAttention;

    [ComponentName(Name = "norm3")]
    private readonly LayerNorm feedForwardNorm;

    [ComponentName(Name = "ff")]
    private readonly FeedForward feedForward;

    public TransformerBlock(long width, long textWidth, long heads)
        : base(nameof(TransformerBlock))
    {
        selfNorm = new LayerNorm(width);
        selfAttention = new SelfAttention(width, heads);
        textNorm = new LayerNorm(width);
        textAttention = new CrossAttention(width, textWidth, heads);
        feedForwardNorm = new LayerNorm(width);
        feedForward = new FeedForward(width);
        RegisterComponents();
    }

    /// <summary>The attention layer that reads the text.</summary>
    public CrossAttention TextAttention => textAttention;

    /// <param name="tokens">[B, T, width].</param>
    /// <param name="text">The text's keys and values.</param>
    /// <returns>[B, T, width].</returns>
    public override Tensor forward(Tensor tokens, TextContext text)
    {
        using var withSelf = selfNorm.forward(tokens).Into(selfAttention).Plus(tokens);
        using var withText = textNorm.forward(withSelf).Into(normed => textAttention.forward(normed, text[textAttention])).Plus(withSelf);
        ComputeCancellation.ThrowIfRequested();
        return feedForwardNorm.forward(withText).Into(feedForward).Plus(withText);
    }
}
