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

    private const string ConfigFile = "config.json";

    /// <summary>The part of that name in a folder, or the folder itself where it holds a whole model.</summary>
    public static string Within(string folder, string part) => File.Exists(Path.Combine(folder, ConfigFile)) ? folder : Path.Combine(folder, part);

    /// <summary>Reads a folder's config.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="read">From JSON and where it lies, for messages.</param>
    /// <param name="fileName">The config's name.</param>
    /// <exception cref="ModelConfigException">The config is missing, no JSON, or asks for what is not built here.</exception>
    public static T ReadConfig<T>(string folder, Func<JsonElement, string, T> read, string fileName = ConfigFile)
    {
        var (json, source) = ModelFolder.ReadConfig(folder, fileName);
        return read(json, source);
    }

    /// <summary>Builds the model of a folder and fills it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="build">From the config's JSON and where it lies; the parameters may be uninitialised.</param>
    /// <param name="keys">How the weights' names are to be read.</param>
    /// <param name="weights">The weights' name, without its ending.</param>
    /// <exception cref="ModelConfigException">The config is missing or asks for what is not built here.</exception>
    /// <exception cref="CheckpointException">Weights are missing, damaged, or do not fit the config.</exception>
    public static T Load<T>(string folder, Func<JsonElement, string, T> build, CheckpointKeys keys, string weights = TransformersWeights)
        where T : nn.Module => Fill(ReadConfig(folder, build), folder, weights, keys);

    /// <summary>Fills a model from a folder's weights; it is disposed where that fails.</summary>
    /// <param name="module">The model.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="weights">The weights' name, without its ending.</param>
    /// <param name="keys">How their names are to be read.</param>
    /// <param name="variant">The variant, such as <c>fp16</c>; null for the plain weights.</param>
    /// <param name="cancellationToken">Stops between two tensors.</param>
    /// <exception cref="CheckpointException">Weights are missing, damaged, or do not fit.</exception>
    /// <exception cref="DeviceMemoryException">The model's device has not enough memory.</exception>
    public static T Fill<T>(T module, string folder, string weights, CheckpointKeys keys, string? variant = null, CancellationToken cancellationToken = default)
        where T : nn.Module
    {
        try
        {
            using var source = CheckpointFiles.Open(folder, weights, variant);
            WeightLoader.Load(module, source, keys, cancellationToken);
            return module;
        }
        catch (Exception error)
        {
            module.Dispose();
            if (OutOfMemory.Is(error))
            {
                throw new DeviceMemoryException($"There is not enough memory for {folder}. Use a smaller model, or half precision.", error);
            }

            throw;
        }
    }
}
