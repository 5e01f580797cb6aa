using System.Text.Json;
using System.Text.Json.Nodes;
using DiffusionX.Checkpoints;
using DiffusionX.Models;
using DiffusionX.Scenes.Vocabularies;
using DiffusionX.Tokenizers;
using static TorchSharp.torch;

namespace DiffusionX.Scenes;

/// <summary>The folder of the scenes models, in diffusers' layout: <c>cloud</c> and <c>edge</c> are whole pipelines, which share their VAE and text encoder.</summary>
public sealed class ScenesFolder
{
    private const string DiffusersWeights = "diffusion_pytorch_model.safetensors";
    private const string TransformersWeights = "model.safetensors";
    private const string ClipTextFolder = "clip/text_encoder";
    private const string ClipVisionFolder = "clip/image_encoder";
    private const string ClipTokenizerFolder = "clip/tokenizer";

    private static readonly string[] TokenizerFolders = ["cloud/tokenizer", "edge/tokenizer", ClipTokenizerFolder];
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
            Save($"{side}/vae", json, DiffusersWeights, vae);
        }
    }

    /// <summary>The vocabulary's files, beside every text encoder.</summary>
    internal void SaveVocabulary(BytePairVocabulary vocabulary)
    {
        var ids = new JsonObject();
        foreach (var (token, id) in vocabulary.Tokens.Select((token, id) => (token, id)))
        {
            ids[token] = id;
        }

        var settings = new JsonObject { ["tokenizer_class"] = "CLIPTokenizer", ["model_max_length"] = ScenesModels.PromptLength };
        foreach (var folder in TokenizerFolders.Select(Component))
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(System.IO.Path.Combine(folder, "vocab.json"), ids.ToJsonString(Indented) + "\n");
            File.WriteAllLines(System.IO.Path.Combine(folder, "merges.txt"), vocabulary.MergeLines());
            File.WriteAllText(System.IO.Path.Combine(folder, "tokenizer_config.json"), settings.ToJsonString(Indented) + "\n");
        }
    }

    /// <summary>The tokenizer of all text encoders here.</summary>
    internal ClipTokenizer LoadTokenizer() => ClipTokenizer.Load(Component(ClipTokenizerFolder));

    /// <summary>Writes CLIP, and its text encoder beside both UNets.</summary>
    internal void SaveClip(ClipTextModel text, ClipVisionModel vision)
    {
        Save(ClipTextFolder, TextJson(text.Config, "CLIPTextModelWithProjection"), TransformersWeights, text);
        Save(ClipVisionFolder, VisionJson(vision.Config), TransformersWeights, vision);
        using var withoutProjection = new ClipTextModel(text.Config with { ProjectionDim = null });
        using var saved = SafetensorsFile.Open(System.IO.Path.Combine(Component(ClipTextFolder), TransformersWeights));
        WeightLoader.Load(withoutProjection, saved, CheckpointKeys.ClipTextWithoutProjection);
        foreach (var side in Sides)
        {
            Save($"{side}/text_encoder", TextJson(withoutProjection.Config, "CLIPTextModel"), TransformersWeights, withoutProjection);
        }
    }

    private static JsonObject TextJson(ClipTextConfig config, string architecture) => new()
    {
        ["architectures"] = new JsonArray(architecture),
        ["model_type"] = "clip_text_model",
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["num_hidden_layers"] = config.Layers,
        ["num_attention_heads"] = config.Heads,
        ["vocab_size"] = config.VocabularySize,
        ["max_position_embeddings"] = config.MaxPositions,
        ["hidden_act"] = "quick_gelu",
        ["layer_norm_eps"] = config.NormEpsilon,
        ["eos_token_id"] = config.EndToken,
        ["projection_dim"] = config.ProjectionDim ?? config.HiddenSize,
    };

    private static JsonObject VisionJson(ClipVisionConfig config) => new()
    {
        ["architectures"] = new JsonArray("CLIPVisionModelWithProjection"),
        ["model_type"] = "clip_vision_model",
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["num_hidden_layers"] = config.Layers,
        ["num_attention_heads"] = config.Heads,
        ["image_size"] = config.ImageSize,
        ["patch_size"] = config.PatchSize,
        ["hidden_act"] = "quick_gelu",
        ["layer_norm_eps"] = config.NormEpsilon,
        ["projection_dim"] = config.ProjectionDim,
    };

    private string Component(string name) => System.IO.Path.Combine(Path, name);

    private static JsonArray Repeated(string name, int count) => [.. Enumerable.Repeat(name, count).Select(text => JsonValue.Create(text))];

    private static JsonArray Numbers(IEnumerable<int> numbers) => [.. numbers.Select(number => JsonValue.Create(number))];

    // float16, as everything in the folder: half the size, and no difference that could be seen.
    private void Save(string component, JsonObject config, string fileName, nn.Module module)
    {
        var folder = Component(component);
        Directory.CreateDirectory(folder);
        File.WriteAllText(System.IO.Path.Combine(folder, "config.json"), config.ToJsonString(Indented) + "\n");
        using var scope = NewDisposeScope();
        SafetensorsWriter.Save(
            System.IO.Path.Combine(folder, fileName),
            module.state_dict().Select(pair => KeyValuePair.Create(pair.Key, pair.Value.detach().to(ScalarType.Float16))));
    }
}
