using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Clip;

/// <summary>CLIP's text half without its projection.</summary>
internal sealed class ClipTextTransformer : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "embeddings")]
    private readonly ClipTextEmbeddings embeddings;

    [ComponentName(Name = "encoder")]
    private readonly ClipEncoder encoder;

    [ComponentName(Name = "final_layer_norm")]
    private readonly LayerNorm finalNorm;

    public ClipTextTransformer(ClipTextConfig config)
        : base(nameof(ClipTextTransformer))
    {
        embeddings = new ClipTextEmbeddings(config);
        encoder = new ClipEncoder(
            config.Layers,
            new ClipLayerConfig(
                config.HiddenSize, config.IntermediateSize, config.Heads, Causal: true, config.Activation, config.NormEpsilon));
        finalNorm = new LayerNorm(config.HiddenSize, config.NormEpsilon);
        RegisterComponents();
    }

    /// <param name="inputIds">[B, L], int64.</param>
    /// <returns>[B, L, width], after the final layer norm.</returns>
    public override Tensor forward(Tensor inputIds) => embeddings.forward(inputIds).Into(encoder).Into(finalNorm);

    /// <param name="inputIds">[B, L], int64.</param>
    /// <returns>What the last layer takes, and what it makes of it after the final layer norm: [B, L, width] each.</returns>
    public (Tensor Penultimate, Tensor Last) LastTwo(Tensor inputIds)
    {
        using var tokens = embeddings.forward(inputIds);
        var (penultimate, last) = encoder.LastTwo(tokens);
        return (penultimate, last.Into(finalNorm));
    }

    private sealed class ClipTextEmbeddings : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "token_embedding")]
        private readonly Embedding tokens;

        [ComponentName(Name = "position_embedding")]
        private readonly Embedding positions;

        public ClipTextEmbeddings(ClipTextConfig config)
            : base(nameof(ClipTextEmbeddings))
        {
            tokens = new Embedding(config.VocabularySize, config.HiddenSize);
            positions = new Embedding(config.MaxPositions, config.HiddenSize);
            RegisterComponents();
        }

        public override Tensor forward(Tensor inputIds)
        {
            using var places = positions.First(inputIds.size(1));
            return tokens.forward(inputIds).Plus(places);
        }
    }
}
