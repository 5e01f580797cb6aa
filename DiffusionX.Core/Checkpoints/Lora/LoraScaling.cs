using System.Text;
using System.Text.Json;

namespace DiffusionX.Checkpoints.Lora;

/// <summary>
/// How PEFT's config scales the layers of a file that holds no alphas of its own: alpha divided by the rank, or by its root (rsLoRA).
/// diffusers keeps the config in the file's metadata, PEFT in adapter_config.json beside it. Without a config alpha is the rank.
/// </summary>
internal sealed class LoraScaling
{
    private const string MetadataName = "lora_adapter_metadata";
    private const string ConfigFile = "adapter_config.json";

    private readonly JsonElement? config;
    private readonly string source;

    private LoraScaling(JsonElement? config, string source)
    {
        this.config = config;
        this.source = source;
    }

    /// <summary>Reads the config of a file, if it has one.</summary>
    /// <exception cref="CheckpointException">The config is no JSON object.</exception>
    public static LoraScaling Of(SafetensorsFile file)
    {
        if (file.Metadata.TryGetValue(MetadataName, out var text))
        {
            var source = $"{file.Description}, {MetadataName}";
            return new LoraScaling(Parse(() => ConfigJson.Parse(Encoding.UTF8.GetBytes(text)), source), source);
        }

        var path = Path.Combine(Path.GetDirectoryName(file.Description) ?? "", ConfigFile);
        return file.Tensors.Keys.Any(name => name.StartsWith(LoraNames.PeftPrefix, StringComparison.Ordinal)) && File.Exists(path)
            ? new LoraScaling(Parse(() => ConfigJson.Read(path), path), path)
            : new LoraScaling(config: null, file.Description);
    }

    /// <summary>What a layer's two matrices are scaled by.</summary>
    /// <param name="layer">The layer, as the file calls it.</param>
    /// <param name="rank">Its rank.</param>
    /// <exception cref="CheckpointException">The config's alpha is no finite number.</exception>
    public double Of(LoraLayerName layer, long rank)
    {
        if (config is not { } settings)
        {
            return 1;
        }

        // diffusers puts the part's name before each setting: unet.lora_alpha.
        var ofPart = $"{layer.Part}.";
        var prefix = settings.EnumerateObject().Any(setting => setting.Name.StartsWith(ofPart, StringComparison.Ordinal)) ? ofPart : "";
        var alpha = Pattern(settings, prefix + "alpha_pattern", layer.Path)
            ?? (settings.TryGetProperty(prefix + "lora_alpha", out var number) ? number : null);
        var byRoot = settings.TryGetProperty(prefix + "use_rslora", out var flag) && flag.ValueKind == JsonValueKind.True;
        return alpha is { ValueKind: not JsonValueKind.Null } value ? Finite(value) / (byRoot ? Math.Sqrt(rank) : rank) : 1;
    }

    // {"down_blocks.0.attentions.0.proj_in": 16, …}: a layer is meant by its whole name or by the end of it.
    private static JsonElement? Pattern(JsonElement settings, string name, string path)
    {
        if (!settings.TryGetProperty(name, out var pattern) || pattern.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return pattern.EnumerateObject()
            .Where(entry => path == entry.Name || path.EndsWith("." + entry.Name, StringComparison.Ordinal))
            .Select(entry => (JsonElement?)entry.Value)
            .FirstOrDefault();
    }

    private static JsonElement Parse(Func<JsonElement> read, string source)
    {
        try
        {
            return read() is { ValueKind: JsonValueKind.Object } json
                ? json
                : throw new CheckpointException($"{source} has to be a JSON object.");
        }
        catch (JsonException error)
        {
            throw new CheckpointException($"{source} is no valid JSON: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{source} can't be read: {error.Message}", error);
        }
    }

    private double Finite(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw new CheckpointException($"{source}: an alpha has to be a finite number.");
}
