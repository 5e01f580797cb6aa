using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>Transformer blocks over the positions of a feature map: diffusers' Transformer2DModel.</summary>
internal sealed class SpatialTransformer : nn.Module<Tensor, TextContext, Tensor>
{
    private const double Epsilon = 1e-6;

    [ComponentName(Name = "norm")]
    private readonly GroupNorm norm;

    [ComponentName(Name = "proj_in")]
    private readonly PointwiseProjection projectIn;

    [ComponentName(Name = "transformer_blocks")]
    private readonly ModuleList<TransformerBlock> blocks;

    [ComponentName(Name = "proj_out")]
    private readonly PointwiseProjection projectOut;

    /// <param name="channels">Channels of the feature maps.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="count">Transformer blocks; without any, the projections around them are left.</param>
    /// <param name="config">What the model's transformers have in common.</param>
    public SpatialTransformer(long channels, long heads, int count, SpatialTransformerConfig config)
        : base(nameof(SpatialTransformer))
    {
        norm = new GroupNorm(config.Groups, channels, Epsilon);
        projectIn = new PointwiseProjection(channels, channels, !config.LinearProjection);
        blocks = new ModuleList<TransformerBlock>(
            [.. Enumerable.Range(0, count).Select(_ => new TransformerBlock(channels, config.TextWidth, heads))]);
        projectOut = new PointwiseProjection(channels, channels, !config.LinearProjection);
        RegisterComponents();
    }

    /// <summary>The attention layers that read the text.</summary>
    public IEnumerable<CrossAttention> TextAttentions => blocks.Select(block => block.TextAttention);

    /// <param name="input">[B, channels, H, W].</param>
    /// <param name="text">The text's keys and values.</param>
    /// <returns>[B, channels, H, W].</returns>
    public override Tensor forward(Tensor input, TextContext text)
    {
        var tokens = norm.ToTokens(input).Into(projectIn);
        foreach (var block in blocks)
        {
            tokens = tokens.Into(t => block.forward(t, text));
        }

        return tokens.Into(projectOut).Into(t => FeatureMap.FromTokens(t, input.size(2), input.size(3))).Plus(input);
    }
}

/// <summary>What the transformers of one UNet have in common.</summary>
/// <param name="Groups">Groups of the first normalisation.</param>
/// <param name="TextWidth">The width of the text encoder's hidden states.</param>
/// <param name="LinearProjection">Whether the checkpoint holds the outer projections as matrices.</param>
internal sealed record SpatialTransformerConfig(long Groups, long TextWidth, bool LinearProjection);
