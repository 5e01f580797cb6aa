using System.Text.Json;
using System.Text.Json.Nodes;
using DiffusionX.Checkpoints;
using DiffusionX.Models;
using static TorchSharp.torch;

namespace DiffusionX.Scenes;

/// <summary>The folder of the scenes models, in diffusers' layout: <c>cloud</c> and <c>edge</c> are whole pipelines, which share their VAE and text encoder.</summary>
public sealed class ScenesFolder
{
    private const string DiffusersWeights = "diffusion_pytorch_model.safetensors";
    private static readonly string[] Sides = ["cloud", "edge"];
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <param name="path">The folder; made when something is saved.</param>
    public ScenesFolder(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        Path = path;
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Writes the VAE of both sides.</summary>
    /// <param name="vae">The VAE.</param>
    /// <param name="scalingFactor">One over the deviation of its latents.</param>
    internal void SaveAutoencoder(AutoencoderKL vae, double scalingFactor)
    {
        var config = vae.Config;
        var json = new JsonObject
        {
            ["_class_name"] = nameof(AutoencoderKL),
            ["in_channels"] = config.InChannels,
            ["out_channels"] = config.OutChannels,
            ["down_block_types"] = Repeated("DownEncoderBlock2D", config.BlockOutChannels.Count),
            ["up_block_types"] = Repeated("UpDecoderBlock2D", config.BlockOutChannels.Count),
            ["block_out_channels"] = Numbers(config.BlockOutChannels),
            ["layers_per_block"] = config.LayersPerBlock,
            ["act_fn"] = "silu",
            ["latent_channels"] = config.LatentChannels,
            ["norm_num_groups"] = config.NormGroups,
            ["scaling_factor"] = scalingFactor,
        };
        foreach (var side in Sides)
        {
            Save(System.IO.Path.Combine(side, "vae"), json, DiffusersWeights, vae);
        }
    }

    private static JsonArray Repeated(string name, int count) => [.. Enumerable.Repeat(name, count).Select(text => JsonValue.Create(text))];

    private static JsonArray Numbers(IEnumerable<int> numbers) => [.. numbers.Select(number => JsonValue.Create(number))];

    // float16, as everything in the folder: half the size, and no difference that could be seen.
    private void Save(string component, JsonObject config, string fileName, nn.Module module)
    {
        var folder = System.IO.Path.Combine(Path, component);
        Directory.CreateDirectory(folder);
        File.WriteAllText(System.IO.Path.Combine(folder, "config.json"), config.ToJsonString(Indented) + "\n");
        using var scope = NewDisposeScope();
        SafetensorsWriter.Save(
            System.IO.Path.Combine(folder, fileName),
            module.state_dict().Select(pair => KeyValuePair.Create(pair.Key, pair.Value.detach().to(ScalarType.Float16))));
    }
}
