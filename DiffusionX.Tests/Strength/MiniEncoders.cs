using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Bert;
using DiffusionX.Models.Clip;
using DiffusionX.Strength;
using DiffusionX.Tests.Pipeline;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Strength;

/// <summary>A BERT and a CLIP in transformers' layout, so small that they cost nothing. Their weights are hashes of their names.</summary>
internal static class MiniEncoders
{
    private const string Bert =
        """{ "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16, "vocab_size": 32, "max_position_embeddings": 24 }""";

    private const string Vision =
        """
        {
          "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 32, "patch_size": 16, "projection_dim": 8
        }
        """;

    private const string Text =
        """
        {
          "architectures": ["CLIPTextModelWithProjection"], "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
          "vocab_size": 514, "max_position_embeddings": 77, "eos_token_id": 2, "projection_dim": 8
        }
        """;

    private static readonly string[] Words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "house", "boat", "moon", "yellow", "under"];

    /// <summary>Writes BERT into <c>bert</c> and CLIP into <c>clip</c>, whose tokenizer is the mini model's.</summary>
    public static void Write(string folder)
    {
        WriteModel(Path.Combine(folder, "bert"), Bert, json => new BertModel(BertConfig.FromJson(json, "bert")));
        File.WriteAllLines(Path.Combine(folder, "bert", "vocab.txt"), Words.Concat(Enumerable.Range(0, 32 - Words.Length).Select(i => $"[unused{i}]")));
        WriteModel(Path.Combine(folder, "clip", "image_encoder"), Vision, json => new ClipVisionModel(ClipVisionConfig.FromJson(json, "vision")));
        WriteModel(Path.Combine(folder, "clip", "text_encoder"), Text, json => new ClipTextModel(ClipTextConfig.FromJson(json, "text")));
        MiniModel.Write(Path.Combine(folder, "model"));
        Directory.Move(Path.Combine(folder, "model", "tokenizer"), Path.Combine(folder, "clip", "tokenizer"));
        Directory.Delete(Path.Combine(folder, "model"), recursive: true);
    }

    public static BertClipFeatures Load(string folder) => BertClipFeatures.Load(Path.Combine(folder, "bert"), Path.Combine(folder, "clip"));

    private static void WriteModel(string folder, string config, Func<JsonElement, nn.Module> build)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        using var document = JsonDocument.Parse(config);
        using var module = build(document.RootElement);
        HashWeights.Fill(module);
        SafetensorsWriter.Save(Path.Combine(folder, "model.safetensors"), module.state_dict());
    }
}
