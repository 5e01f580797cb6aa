using System.Text.Json;
using DiffusionX.Tokenizers;

namespace DiffusionX.Checkpoints;

/// <summary>
/// A folder in diffusers' layout: model_index.json and a folder for each component. Without the index the components are taken by their
/// usual names.
/// </summary>
internal sealed class ModelFolder : IModelSource
{
    private const string IndexFile = "model_index.json";
    private const string SchedulerConfigFile = "scheduler_config.json";

    private static readonly string[] TextEncoderClasses = ["CLIPTextModel", "CLIPTextModelWithProjection"];

    private static readonly Dictionary<string, string[]> SupportedClasses = new()
    {
        [ModelComponent.UNet] = ["UNet2DConditionModel"],
        [ModelComponent.Vae] = ["AutoencoderKL"],
        [ModelComponent.TextEncoder] = TextEncoderClasses,
        [ModelComponent.TextEncoder2] = TextEncoderClasses,
    };

    private readonly string path;
    private readonly string? variant;
    private readonly ModelIndex index;

    private ModelFolder(string path, string? variant, ModelIndex index)
    {
        this.path = path;
        this.variant = variant;
        this.index = index;
    }

    public string Description => path;

    public ModelFamily Family =>
        index.Family ?? (Has(ModelComponent.TextEncoder2) ? ModelFamily.StableDiffusionXL : ModelFamily.StableDiffusion);

    public bool ForcesZerosForEmptyPrompt => index.ForcesZerosForEmptyPrompt ?? Family == ModelFamily.StableDiffusionXL;

    /// <summary>Opens a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="variant">
    /// The variant of its weights, such as <c>fp16</c>; null for the plain ones, or the only one that is there.
    /// </param>
    /// <exception cref="ModelConfigException">There is no such folder, no model in it, or a model of another architecture.</exception>
    /// <exception cref="CheckpointException">No part of the model has the variant.</exception>
    public static ModelFolder Open(string path, string? variant = null)
    {
        if (!Directory.Exists(path))
        {
            throw new ModelConfigException(File.Exists(path)
                ? $"{path} is a file. A model is a folder in diffusers' layout, with {IndexFile}, unet/, vae/, text_encoder/ and "
                    + "scheduler/."
                : $"There is no folder {path}.");
        }

        var hasIndex = File.Exists(Path.Combine(path, IndexFile));
        if (!hasIndex && !Directory.Exists(Path.Combine(path, ModelComponent.UNet)))
        {
            throw new ModelConfigException(
                $"{path} holds no model: neither {IndexFile} nor a folder unet/. Expected is a folder in diffusers' layout.");
        }

        RefuseUnknownVariant(path, variant);
        return new ModelFolder(
            path, variant, hasIndex ? ComponentFolder.ReadConfig(path, ModelIndex.FromJson, IndexFile) : ModelIndex.None);
    }

    public bool Has(string component) => Directory.Exists(Path.Combine(path, component));

    public (JsonElement Json, string Source) ReadConfig(string component) =>
        ComponentFolder.ReadJson(
            Component(component), component == ModelComponent.Scheduler ? SchedulerConfigFile : ComponentFolder.ConfigFile);

    public IWeightSource OpenWeights(string component) => CheckpointFiles.Open(Component(component), WeightsOf(component), variant);

    // The model's own says how it pads. Both tokenizers of Stable Diffusion XL have one vocabulary.
    public ClipTokenizer LoadTokenizer(string component, string? folder = null)
    {
        var tokenizer = ClipTokenizer.Load(folder ?? Component(component));
        return folder is not null && component == ModelComponent.Tokenizer2
            ? tokenizer.WithPadToken(ModelComponent.SecondPadToken)
            : tokenizer;
    }

    private static string WeightsOf(string component) =>
        component is ModelComponent.TextEncoder or ModelComponent.TextEncoder2
            ? ComponentFolder.TransformersWeights
            : ComponentFolder.DiffusersWeights;

    // Parts without the variant give their plain weights, but a name that none of them has is a mistake.
    private static void RefuseUnknownVariant(string path, string? variant)
    {
        var parts = SupportedClasses.Keys;
        if (variant is not null && !parts.Any(component => HasVariant(Path.Combine(path, component), WeightsOf(component), variant)))
        {
            throw new CheckpointException(
                $"{path} has weights of the variant '{variant}' in none of its parts. Leave the variant out, or name another.");
        }
    }

    private static bool HasVariant(string folder, string weights, string variant) =>
        Directory.Exists(folder) && CheckpointFiles.HasVariant(folder, weights, variant);

    // The folder of a component, of which the index has to name a class that can be built, or none.
    private string Component(string component)
    {
        if (SupportedClasses.TryGetValue(component, out var supported) && index.ClassOf(component) is { } name && !supported.Contains(name))
        {
            throw new ModelConfigException(
                $"{Path.Combine(path, IndexFile)}: '{component}' is a {name}; supported is {string.Join(" or ", supported)}.");
        }

        return Has(component)
            ? Path.Combine(path, component)
            : throw new ModelConfigException($"{path} has no folder {component}/, which a {Family.Name()} model has.");
    }
}
