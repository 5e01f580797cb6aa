using System.Text.Json;

namespace DiffusionX.Checkpoints;

/// <summary>What a model_index.json says: the pipeline that diffusers would build, and the classes of its components.</summary>
/// <param name="Family">The kind of model; null where the pipeline's name does not tell.</param>
/// <param name="ForcesZerosForEmptyPrompt">Whether an empty negative prompt is zeros; null where it does not say.</param>
internal sealed record ModelIndex(ModelFamily? Family, bool? ForcesZerosForEmptyPrompt)
{
    private const string PipelineSetting = "_class_name";
    private const string XLPipelines = "StableDiffusionXL";

    // By the beginning of the pipeline's name.
    private static readonly Dictionary<string, string> OtherFamilies = new()
    {
        ["StableDiffusion3"] = "Stable Diffusion 3",
        ["StableCascade"] = "Stable Cascade",
        ["Flux"] = "FLUX",
        ["Kandinsky"] = "Kandinsky",
        ["PixArt"] = "PixArt",
        ["HunyuanDiT"] = "Hunyuan-DiT",
        ["Wuerstchen"] = "Würstchen",
        ["IF"] = "DeepFloyd IF",
        ["AuraFlow"] = "AuraFlow",
        ["Lumina"] = "Lumina",
        ["Sana"] = "Sana",
        ["QwenImage"] = "Qwen-Image",
        ["StableVideoDiffusion"] = "Stable Video Diffusion",
    };

    private readonly Dictionary<string, string> classes = [];

    /// <summary>Of a folder without the file.</summary>
    public static ModelIndex None { get; } = new(null, null);

    /// <summary>Reads the file.</summary>
    /// <param name="json">Its content.</param>
    /// <param name="source">Where it lies, for messages.</param>
    /// <exception cref="ModelConfigException">It is of a model that is not built here.</exception>
    public static ModelIndex FromJson(JsonElement json, string source)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            return None;
        }

        var pipeline = json.TryGetProperty(PipelineSetting, out var name) ? name.ToString() : "";
        var index = new ModelIndex(FamilyOf(pipeline), Flag(json, "force_zeros_for_empty_prompt"));
        foreach (var component in json.EnumerateObject())
        {
            index.AddClass(component);
        }

        index.RefuseOtherFamilies(pipeline, source);
        return index;
    }

    /// <summary>The class of a component; null where the index does not say.</summary>
    public string? ClassOf(string component) => classes.GetValueOrDefault(component);

    private static ModelFamily? FamilyOf(string pipeline) =>
        pipeline.StartsWith(XLPipelines, StringComparison.Ordinal) ? ModelFamily.StableDiffusionXL : null;

    private static bool? Flag(JsonElement json, string setting) =>
        json.TryGetProperty(setting, out var value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : null;

    // "unet": ["diffusers", "UNet2DConditionModel"], and [null, null] for a component that the model does without.
    private void AddClass(JsonProperty component)
    {
        var pair = component.Value;
        if (pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2 && pair[1].ValueKind == JsonValueKind.String)
        {
            classes[component.Name] = pair[1].GetString()!;
        }
    }

    private void RefuseOtherFamilies(string pipeline, string source)
    {
        const string Supported =
            "Supported are Stable Diffusion 1.x and 2.x, Stable Diffusion XL, and models that were distilled from them.";
        if (OtherFamilies.FirstOrDefault(family => pipeline.StartsWith(family.Key, StringComparison.Ordinal)).Value is { } other)
        {
            throw new ModelConfigException($"{source} is of a {other} model ({pipeline}), which is not supported. {Supported}");
        }

        if (ClassOf("transformer") is { } transformer && ClassOf(ModelComponent.UNet) is null)
        {
            throw new ModelConfigException(
                $"{source}: the model denoises with a transformer ({transformer}) and not with a UNet, which is not supported. "
                + $"{Supported}");
        }

        var hasSecondAlone = ClassOf(ModelComponent.TextEncoder2) is not null && ClassOf(ModelComponent.TextEncoder) is null;
        if (Family == ModelFamily.StableDiffusionXL && hasSecondAlone)
        {
            throw new ModelConfigException(
                $"{source} is of the refiner of Stable Diffusion XL, which reads no size and crop but an aesthetic score, and is not "
                + "supported. "
                + "Refine with the base model, or with another one of its family.");
        }
    }
}
