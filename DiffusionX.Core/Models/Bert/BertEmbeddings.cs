using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Bert;

/// <summary>Tokens, their places and their segment, added and normalised.</summary>
internal sealed class BertEmbeddings : nn.Module<Tensor, Tensor>
{
    [ComponentName(Name = "word_embeddings")]
    private readonly Embedding words;

    [ComponentName(Name = "position_embeddings")]
    private readonly Embedding positions;

    [ComponentName(Name = "token_type_embeddings")]
    private readonly Embedding segments;

    [ComponentName(Name = "LayerNorm")]
    private readonly LayerNorm norm;

    public BertEmbeddings(BertConfig config)
        : base(nameof(BertEmbeddings))
    {
        words = new Embedding(config.VocabularySize, config.HiddenSize);
        positions = new Embedding(config.MaxPositions, config.HiddenSize);
        segments = new Embedding(config.TokenTypes, config.HiddenSize);
        norm = new LayerNorm(config.HiddenSize, config.NormEpsilon);
        RegisterComponents();
    }

    /// <param name="inputIds">[B, L], int64; all of the first segment.</param>
    /// <returns>[B, L, width].</returns>
    public override Tensor forward(Tensor inputIds)
    {
        using var places = positions.First(inputIds.size(1));
        using var firstSegment = segments.First(1);
        return words.forward(inputIds).Plus(firstSegment).Plus(places).Into(norm);
    }
}
