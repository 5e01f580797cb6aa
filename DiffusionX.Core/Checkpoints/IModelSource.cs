using System.Text.Json;
using DiffusionX.Tokenizers;

namespace DiffusionX.Checkpoints;

/// <summary>
/// Where the components of one model come from: a folder in diffusers' layout, or something that can be read as if it were one. Components
/// have the names of <see cref="ModelComponent"/>, configs diffusers' and transformers' settings, weights their names.
/// </summary>
internal interface IModelSource
{
    /// <summary>Where the model lies, for messages.</summary>
    string Description { get; }

    /// <summary>What kind of model it is.</summary>
    ModelFamily Family { get; }

    /// <summary>
    /// Whether an empty negative prompt is zeros, and not what the text encoders make of an empty text
    /// (<c>force_zeros_for_empty_prompt</c>).
    /// </summary>
    bool ForcesZerosForEmptyPrompt { get; }

    /// <summary>Whether the model has this component.</summary>
    bool Has(string component);

    /// <summary>A component's config, and where it comes from, for messages.</summary>
    /// <exception cref="ModelConfigException">
    /// There is no such component, it is of a class that is not built here, or its config can't be read.
    /// </exception>
    (JsonElement Json, string Source) ReadConfig(string component);

    /// <summary>Opens a component's weights, for the caller to dispose.</summary>
    /// <exception cref="CheckpointException">They are missing or damaged.</exception>
    IWeightSource OpenWeights(string component);

    /// <summary>Reads a tokenizer, with the padding that its text encoder was trained with.</summary>
    /// <param name="component">Which one.</param>
    /// <param name="folder">The folder to read it from; null for the model's own.</param>
    /// <exception cref="ModelConfigException">There is no such component.</exception>
    /// <exception cref="TokenizerException">Its files are missing or damaged.</exception>
    ClipTokenizer LoadTokenizer(string component, string? folder = null);
}

/// <summary>The names that diffusers gives the components of a model.</summary>
internal static class ModelComponent
{
    public const string UNet = "unet";
    public const string Vae = "vae";
    public const string TextEncoder = "text_encoder";
    public const string TextEncoder2 = "text_encoder_2";
    public const string Tokenizer = "tokenizer";
    public const string Tokenizer2 = "tokenizer_2";
    public const string Scheduler = "scheduler";

    /// <summary>"!", which the text encoder of Stable Diffusion 2 and the second one of XL were trained with.</summary>
    public const int SecondPadToken = 0;
}

/// <summary>The kinds of models that are built here.</summary>
internal enum ModelFamily
{
    /// <summary>Stable Diffusion 1.x and 2.x, BK-SDM and others of the architecture: one text encoder.</summary>
    StableDiffusion,

    /// <summary>Stable Diffusion XL, SSD-1B, Segmind Vega and others of the architecture: two text encoders.</summary>
    StableDiffusionXL,
}

/// <summary>The families' names, for messages.</summary>
internal static class ModelFamilyNames
{
    public static string Name(this ModelFamily family) =>
        family == ModelFamily.StableDiffusionXL ? "Stable Diffusion XL" : "Stable Diffusion";
}
