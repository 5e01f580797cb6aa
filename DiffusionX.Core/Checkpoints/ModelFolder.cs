using System.Text.Json;

namespace DiffusionX.Checkpoints;

/// <summary>
/// A folder in diffusers' layout: model_index.json and a folder for each component. Without the index the components are taken by their usual names.
/// </summary>
internal sealed class ModelFolder
{
    private const string IndexFile = "model_index.json";

    private readonly JsonElement? index;

    private ModelFolder(string path, JsonElement? index)
    {
        Path = path;
        this.index = index;
    }

    public string Path { get; }

    /// <summary>Opens a folder.</summary>
    /// <exception cref="ModelConfigException">There is no such folder, or no model in it.</exception>
    public static ModelFolder Open(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new ModelConfigException(File.Exists(path)
                ? $"{path} is a file. A model is a folder in diffusers' layout, with {IndexFile}, unet/, vae/, text_encoder/ and scheduler/."
                : $"There is no folder {path}.");
        }

        var indexPath = System.IO.Path.Combine(path, IndexFile);
        if (!File.Exists(indexPath) && !Directory.Exists(System.IO.Path.Combine(path, "unet")))
        {
            throw new ModelConfigException($"{path} holds no model: neither {IndexFile} nor a folder unet/. Expected is a folder in diffusers' layout.");
        }

        return new ModelFolder(path, File.Exists(indexPath) ? ReadJson(indexPath) : null);
    }

    /// <summary>Whether the model has this component.</summary>
    public bool Has(string component) => Directory.Exists(System.IO.Path.Combine(Path, component));

    /// <summary>The folder of a component.</summary>
    /// <param name="component">Its name, such as <c>unet</c>.</param>
    /// <param name="supportedClasses">The classes that can be built, of which the index has to name one; none where the component's own files say what it is.</param>
    /// <exception cref="ModelConfigException">The component is not there, or of another class.</exception>
    public string Component(string component, params string[] supportedClasses)
    {
        if (supportedClasses.Length > 0 && ClassOf(component) is { } name && !supportedClasses.Contains(name))
        {
            throw new ModelConfigException(
                $"{System.IO.Path.Combine(Path, IndexFile)}: '{component}' is a {name}; supported is {string.Join(" or ", supportedClasses)}.");
        }

        var folder = System.IO.Path.Combine(Path, component);
        return Directory.Exists(folder) ? folder : throw new ModelConfigException($"{Path} has no folder {component}/.");
    }

    /// <summary>A component's config, and the file's path for messages.</summary>
    /// <exception cref="ModelConfigException">The folder or the file is not there, or it is no JSON.</exception>
    public static (JsonElement Json, string Source) ReadConfig(string folder, string fileName = "config.json")
    {
        if (!Directory.Exists(folder))
        {
            throw new ModelConfigException($"There is no folder {folder}.");
        }

        var path = System.IO.Path.Combine(folder, fileName);
        return (ReadJson(path), path);
    }

    private static JsonElement ReadJson(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new ModelConfigException($"{path} is no valid JSON: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ModelConfigException($"{path} can't be read: {error.Message}", error);
        }
    }

    // "unet": ["diffusers", "UNet2DConditionModel"]
    private string? ClassOf(string component) =>
        index is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty(component, out var entry)
        && entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2
            ? entry[1].ToString()
            : null;
}
