using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Clip;

/// <summary>CLIP's vision half without its projection.</summary>
internal sealed class ClipVisionTransformer : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "embeddings")]
    private readonly ClipVisionEmbeddings embeddings;

    // The misspelling is transformers' own, and so every checkpoint's.
    [ComponentName(Name = "pre_layrnorm")]
    private readonly LayerNorm norm;

    [ComponentName(Name = "encoder")]
    private readonly ClipEncoder encoder;

    [ComponentName(Name = "post_layernorm")]
    private readonly LayerNorm pooledNorm;

    public ClipVisionTransformer(ClipVisionConfig config)
        : base(nameof(ClipVisionTransformer))
    {
        embeddings = new ClipVisionEmbeddings(config);
        norm = new LayerNorm(config.HiddenSize, config.NormEpsilon);
        encoder = new ClipEncoder(
            config.Layers,
            new ClipLayerConfig(
                config.HiddenSize, config.IntermediateSize, config.Heads, Causal: false, config.Activation, config.NormEpsilon));
        pooledNorm = new LayerNorm(config.HiddenSize, config.NormEpsilon);
        RegisterComponents();
    }

    /// <param name="pixelValues">[B, 3, ImageSize, ImageSize].</param>
    /// <returns>The class token's normalised hidden state, [B, width].</returns>
    public override Tensor forward(Tensor pixelValues) =>
        embeddings.forward(pixelValues).Into(norm).Into(encoder).Into(tokens => tokens.select(1, 0)).Into(pooledNorm);

    private sealed class ClipVisionEmbeddings : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "class_embedding")]
        private readonly Parameter classToken;

        [ComponentName(Name = "patch_embedding")]
        private readonly Conv2d patches;

        [ComponentName(Name = "position_embedding")]
        private readonly Embedding positions;

        public ClipVisionEmbeddings(ClipVisionConfig config)
            : base(nameof(ClipVisionEmbeddings))
        {
            var patchesPerSide = config.ImageSize / config.PatchSize;
            classToken = ParameterPlacement.Allocate(config.HiddenSize);
            patches = new Conv2d(3, config.HiddenSize, config.PatchSize, config.PatchSize, hasBias: false);
            positions = new Embedding((patchesPerSide * patchesPerSide) + 1, config.HiddenSize);
            RegisterComponents();
        }

        public override Tensor forward(Tensor pixelValues)
        {
            using var tokens = FeatureMap.ChannelsLast(pixelValues).Into(patches).Into(FeatureMap.ToTokens);
            using var first = classToken.expand(tokens.size(0), 1, tokens.size(2));
            using var places = positions.First(tokens.size(1) + 1);
            return cat([first, tokens], 1).Plus(places);
        }
    }
}
