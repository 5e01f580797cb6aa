using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;

namespace DiffusionX.Models.Bert;

/// <summary>The shape of a <see cref="BertModel"/>. The defaults are those of BERT base.</summary>
internal sealed record BertConfig
{
    private const int WidestLayer = 1 << 17;
    private const int MostLayers = 256;
    private const int LargestVocabulary = 1 << 22;
    private const int MostPositions = 1 << 16;
    private const int MostTokenTypes = 1 << 16;

    /// <summary>Entries of the vocabulary.</summary>
    public int VocabularySize { get; init; } = 30522;

    /// <summary>The width of the hidden states.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>Transformer layers.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>The width inside the feed-forward layers.</summary>
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>The non-linearity of the feed-forward layers.</summary>
    public Activation Activation { get; init; } = Activation.Gelu;

    /// <summary>The longest sequence.</summary>
    public int MaxPositions { get; init; } = 512;

    /// <summary>Kinds of segments.</summary>
    public int TokenTypes { get; init; } = 2;

    /// <summary>The epsilon of the layer normalisations.</summary>
    public double NormEpsilon { get; init; } = 1e-12;

    /// <summary>Reads transformers' config.json.</summary>
    /// <param name="json">The config.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ModelConfigException">A setting is missing, wrong, or asks for maths that is not built here.</exception>
    public static BertConfig FromJson(JsonElement json, string source)
    {
        var settings = new ConfigReader(json, source);
        var config = new BertConfig
        {
            VocabularySize = settings.Integer("vocab_size", 30522, 1, LargestVocabulary),
            HiddenSize = settings.Integer("hidden_size", 768, 1, WidestLayer),
            Layers = settings.Integer("num_hidden_layers", 12, 1, MostLayers),
            Heads = settings.Integer("num_attention_heads", 12, 1, WidestLayer),
            IntermediateSize = settings.Integer("intermediate_size", 3072, 1, WidestLayer),
            Activation = settings.ReadActivation("hidden_act", Models.Common.Activation.Gelu),
            MaxPositions = settings.Integer("max_position_embeddings", 512, 1, MostPositions),
            TokenTypes = settings.Integer("type_vocab_size", 2, 1, MostTokenTypes),
            NormEpsilon = settings.Number("layer_norm_eps", 1e-12),
        };
        if (config.HiddenSize % config.Heads != 0)
        {
            throw settings.Wrong("num_attention_heads", $"({config.Heads}) has to divide 'hidden_size' ({config.HiddenSize})");
        }

        settings.Expect("position_embedding_type", "absolute");
        settings.RefuseOtherMaths();
        return config;
    }
}
