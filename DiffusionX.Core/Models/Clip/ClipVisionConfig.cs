using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;

namespace DiffusionX.Models.Clip;

/// <summary>The shape of a <see cref="ClipVisionModel"/>. The defaults are those of CLIP ViT-L/14.</summary>
internal sealed record ClipVisionConfig
{
    private const int WidestLayer = 1 << 17;
    private const int MostLayers = 256;
    private const int LargestImage = 1 << 12;

    /// <summary>The width of the hidden states.</summary>
    public int HiddenSize { get; init; } = 1024;

    /// <summary>The width inside the feed-forward layers.</summary>
    public int IntermediateSize { get; init; } = 4096;

    /// <summary>Transformer layers.</summary>
    public int Layers { get; init; } = 24;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 16;

    /// <summary>Height and width of the pictures.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Height and width of a patch.</summary>
    public int PatchSize { get; init; } = 14;

    /// <summary>The non-linearity of the feed-forward layers.</summary>
    public Activation Activation { get; init; } = Activation.QuickGelu;

    /// <summary>The epsilon of the layer normalisations.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>The width of the joint embedding space.</summary>
    public int ProjectionDim { get; init; } = 768;

    /// <summary>Reads transformers' config.json of a CLIPVisionModelWithProjection or of the vision half of a CLIPModel.</summary>
    /// <param name="json">The config.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ModelConfigException">A setting is missing, wrong, or asks for maths that is not built here.</exception>
    public static ClipVisionConfig FromJson(JsonElement json, string source)
    {
        var whole = new ConfigReader(json, source);
        var settings = whole.Has("vision_config") ? whole.Section("vision_config") : whole;
        var config = new ClipVisionConfig
        {
            HiddenSize = settings.Integer("hidden_size", 768, 1, WidestLayer),
            IntermediateSize = settings.Integer("intermediate_size", 3072, 1, WidestLayer),
            Layers = settings.Integer("num_hidden_layers", 12, 1, MostLayers),
            Heads = settings.Integer("num_attention_heads", 12, 1, WidestLayer),
            ImageSize = settings.Integer("image_size", 224, 1, LargestImage),
            PatchSize = settings.Integer("patch_size", 32, 1, LargestImage),
            Activation = settings.ReadActivation("hidden_act", Models.Common.Activation.QuickGelu),
            NormEpsilon = settings.Number("layer_norm_eps", 1e-5),
            ProjectionDim = whole.Integer("projection_dim", 512, 1, WidestLayer),
        };
        if (config.HiddenSize % config.Heads != 0)
        {
            throw settings.Wrong("num_attention_heads", $"({config.Heads}) has to divide 'hidden_size' ({config.HiddenSize})");
        }

        if (config.ImageSize < config.PatchSize)
        {
            throw settings.Wrong("patch_size", $"({config.PatchSize}) has to fit into 'image_size' ({config.ImageSize})");
        }

        settings.Expect("num_channels", 3);
        settings.Ignore("projection_dim");
        settings.RefuseOtherMaths();
        return config;
    }
}
