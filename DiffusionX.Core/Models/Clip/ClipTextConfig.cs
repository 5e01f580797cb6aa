using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;

namespace DiffusionX.Models.Clip;

/// <summary>
/// The shape of a <see cref="ClipTextModel"/>. The defaults are those of CLIP ViT-L/14, Stable Diffusion 1's text encoder.
/// </summary>
internal sealed record ClipTextConfig
{
    /// <summary>The "eos_token_id" of old configs, which never was the end token of any vocabulary.</summary>
    private const int LegacyEndToken = 2;

    private const int WidestLayer = 1 << 17;
    private const int MostLayers = 256;
    private const int LargestVocabulary = 1 << 22;
    private const int MostPositions = 1 << 16;

    /// <summary>The width of the hidden states.</summary>
    public int HiddenSize { get; init; } = 768;

    /// <summary>The width inside the feed-forward layers.</summary>
    public int IntermediateSize { get; init; } = 3072;

    /// <summary>Transformer layers.</summary>
    public int Layers { get; init; } = 12;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 12;

    /// <summary>Entries of the vocabulary.</summary>
    public int VocabularySize { get; init; } = 49408;

    /// <summary>The longest sequence.</summary>
    public int MaxPositions { get; init; } = 77;

    /// <summary>The non-linearity of the feed-forward layers.</summary>
    public Activation Activation { get; init; } = Activation.QuickGelu;

    /// <summary>The epsilon of the layer normalisations.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>
    /// The token at whose first place a text is pooled, or null for configs that hold the legacy value 2: there it is the place of the
    /// highest id.
    /// </summary>
    public int? EndToken { get; init; }

    /// <summary>The width of the joint embedding space, or null for an encoder without a projection into it.</summary>
    public int? ProjectionDim { get; init; }

    /// <summary>
    /// Reads transformers' config.json of a CLIPTextModel, a CLIPTextModelWithProjection or the text half of a CLIPModel.
    /// </summary>
    /// <param name="json">The config.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ModelConfigException">A setting is missing, wrong, or asks for maths that is not built here.</exception>
    public static ClipTextConfig FromJson(JsonElement json, string source)
    {
        var whole = new ConfigReader(json, source);
        var both = whole.Has("text_config");
        var settings = both ? whole.Section("text_config") : whole;
        var config = new ClipTextConfig
        {
            HiddenSize = settings.Integer("hidden_size", 512, 1, WidestLayer),
            IntermediateSize = settings.Integer("intermediate_size", 2048, 1, WidestLayer),
            Layers = settings.Integer("num_hidden_layers", 12, 1, MostLayers),
            Heads = settings.Integer("num_attention_heads", 8, 1, WidestLayer),
            VocabularySize = settings.Integer("vocab_size", 49408, 1, LargestVocabulary),
            MaxPositions = settings.Integer("max_position_embeddings", 77, 1, MostPositions),
            Activation = settings.ReadActivation("hidden_act", Models.Common.Activation.QuickGelu),
            NormEpsilon = settings.Number("layer_norm_eps", 1e-5),
            EndToken = settings.Integer("eos_token_id", LegacyEndToken) is var end && end == LegacyEndToken ? null : end,
            ProjectionDim = both || HasProjection(json) ? whole.Integer("projection_dim", 512, 1, WidestLayer) : null,
        };
        if (config.HiddenSize % config.Heads != 0)
        {
            throw settings.Wrong("num_attention_heads", $"({config.Heads}) has to divide 'hidden_size' ({config.HiddenSize})");
        }

        settings.Ignore("projection_dim");
        settings.RefuseOtherMaths();
        return config;
    }

    /// <summary>The same for an encoder that has to have a projection.</summary>
    /// <exception cref="ModelConfigException">
    /// It has none, or a setting is missing, wrong, or asks for maths that is not built here.
    /// </exception>
    internal static ClipTextConfig FromJsonWithProjection(JsonElement json, string source)
    {
        var config = FromJson(json, source);
        return config.ProjectionDim is not null
            ? config
            : throw new ModelConfigException(
                $"{source} is of a text encoder without a projection into the space of pictures, which a CLIP score and Stable "
                + "Diffusion XL's second text encoder need.");
    }

    private static bool HasProjection(JsonElement json) =>
        json.TryGetProperty("architectures", out var names) && names.ValueKind == JsonValueKind.Array
        && names.EnumerateArray().Any(name => name.ValueEquals("CLIPTextModelWithProjection"));
}
