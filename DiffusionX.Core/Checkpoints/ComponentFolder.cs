using System.Text.Json;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>A folder that holds one model, as diffusers and transformers save it: a config and the weights that fit it.</summary>
internal static class ComponentFolder
{
    /// <summary>The weights' name in diffusers' folders, without its ending.</summary>
    public const string DiffusersWeights = "diffusion_pytorch_model";

    /// <summary>The weights' name in transformers' folders, without its ending.</summary>
    public const string TransformersWeights = "model";

    /// <summary>The config's name in both.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>The part of that name in a folder, or the folder itself where it holds a whole model.</summary>
    public static string Within(string folder, string part) =>
        File.Exists(Path.Combine(folder, ConfigFile)) ? folder : Path.Combine(folder, part);

    /// <summary>Reads a folder's config.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="read">From JSON and where it lies, for messages.</param>
    /// <param name="fileName">The config's name.</param>
    /// <exception cref="ModelConfigException">The config is missing, no JSON, or asks for what is not built here.</exception>
    public static T ReadConfig<T>(string folder, Func<JsonElement, string, T> read, string fileName = ConfigFile)
    {
        var (json, source) = ReadJson(folder, fileName);
        return read(json, source);
    }

    /// <summary>Reads a folder's config as it is.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="fileName">The config's name.</param>
    /// <returns>The config, and the file's path for messages.</returns>
    /// <exception cref="ModelConfigException">The folder or the file is not there, or it is no JSON.</exception>
    public static (JsonElement Json, string Source) ReadJson(string folder, string fileName)
    {
        if (!Directory.Exists(folder))
        {
            throw new ModelConfigException($"There is no folder {folder}.");
        }

        var path = Path.Combine(folder, fileName);
        try
        {
            return (ConfigJson.Read(path), path);
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

    /// <summary>Builds the model of a folder and fills it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="build">From the config's JSON and where it lies; the parameters may be uninitialised.</param>
    /// <param name="keys">How the weights' names are to be read.</param>
    /// <param name="weights">The weights' name, without its ending.</param>
    /// <exception cref="ModelConfigException">The config is missing or asks for what is not built here.</exception>
    /// <exception cref="CheckpointException">Weights are missing, damaged, or do not fit the config.</exception>
    public static T Load<T>(string folder, Func<JsonElement, string, T> build, CheckpointKeys keys, string weights = TransformersWeights)
        where T : nn.Module
    {
        var (json, source) = ReadJson(folder, ConfigFile);
        return Load(() => build(json, source), () => CheckpointFiles.Open(folder, weights), keys, folder);
    }

    /// <summary>Builds a model and fills it; it is disposed where that fails.</summary>
    /// <param name="build">Builds the model; its parameters may be uninitialised.</param>
    /// <param name="open">Opens its weights.</param>
    /// <param name="keys">How their names are to be read.</param>
    /// <param name="where">Where the model lies, for messages.</param>
    /// <param name="cancellationToken">Stops between two tensors.</param>
    /// <exception cref="ModelConfigException">Its config asks for what is not built here.</exception>
    /// <exception cref="CheckpointException">Weights are missing, damaged, or do not fit.</exception>
    /// <exception cref="DeviceMemoryException">The model's device has not enough memory.</exception>
    public static T Load<T>(
        Func<T> build, Func<IWeightSource> open, CheckpointKeys keys, string where, CancellationToken cancellationToken = default)
        where T : nn.Module
    {
        T? module = null;
        try
        {
            module = build();
            using var weights = open();
            WeightLoader.Load(module, weights, keys, cancellationToken);
            return module;
        }
        catch (Exception error)
        {
            module?.Dispose();
            if (OutOfMemory.Is(error))
            {
                throw new DeviceMemoryException($"There is not enough memory for {where}. Use a smaller model, or half precision.", error);
            }

            throw;
        }
    }
}
