using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Tests.Pipeline;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Evaluation.Quality;

/// <summary>
/// A CLIP in transformers' layout, so small that it scores a picture in a millisecond. Its weights are hashes of their names.
/// </summary>
internal static class MiniClip
{
    private const string TextConfig =
        """
        {
          "architectures": ["CLIPTextModelWithProjection"], "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4,
          "vocab_size": 514, "max_position_embeddings": 77, "hidden_act": "quick_gelu", "eos_token_id": 2, "projection_dim": 16
        }
        """;

    private const string ImageConfig =
        """
        {
          "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4, "image_size": 32, "patch_size": 8,
          "hidden_act": "quick_gelu", "projection_dim": 16
        }
        """;

    /// <summary>Writes its parts into folders of their own.</summary>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        MiniModel.WriteTokenizer(folder);
        using var text = Build(TextConfig, json => new ClipTextModel(ClipTextConfig.FromJson(json, "text")));
        using var vision = Build(ImageConfig, json => new ClipVisionModel(ClipVisionConfig.FromJson(json, "image")));
        Save(Path.Combine(folder, "text_encoder"), TextConfig, text.state_dict());
        Save(Path.Combine(folder, "image_encoder"), ImageConfig, vision.state_dict());
    }

    /// <summary>Writes the same one as a CLIPModel in one folder.</summary>
    public static void WriteWhole(string folder)
    {
        Directory.CreateDirectory(folder);
        MiniModel.WriteTokenizer(folder);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, "tokenizer")))
        {
            File.Move(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        using var text = Build(TextConfig, json => new ClipTextModel(ClipTextConfig.FromJson(json, "text")));
        using var vision = Build(ImageConfig, json => new ClipVisionModel(ClipVisionConfig.FromJson(json, "image")));
        Save(folder, $$"""{"projection_dim": 16, "text_config": {{TextConfig}}, "vision_config": {{ImageConfig}}}""", text.state_dict().Concat(vision.state_dict()));
    }

    private static T Build<T>(string config, Func<JsonElement, T> build)
        where T : nn.Module
    {
        using var document = JsonDocument.Parse(config);
        var module = build(document.RootElement);
        HashWeights.Fill(module);
        return module;
    }

    private static void Save(string folder, string config, IEnumerable<KeyValuePair<string, Tensor>> weights)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        SafetensorsWriter.Save(Path.Combine(folder, "model.safetensors"), weights);
    }
}
