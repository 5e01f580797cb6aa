using System.Text.Json;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline;

/// <summary>
/// A whole model in diffusers' layout with Stable Diffusion's architecture, so small that it draws 64×64 pixels in milliseconds. Its
/// weights are hashes of their names: what it draws means nothing, but is the same everywhere.
/// </summary>
internal static class MiniModel
{
    private const string UNetConfig =
        """
        {
          "_class_name": "UNet2DConditionModel", "sample_size": 8, "block_out_channels": [32, 64], "layers_per_block": 1, "attention_head_dim": 4,
          "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"], "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"], "cross_attention_dim": 32
        }
        """;

    private const string VaeConfig =
        """
        {
          "_class_name": "AutoencoderKL", "block_out_channels": [32, 32, 32, 32], "layers_per_block": 1, "latent_channels": 4, "scaling_factor": 0.18215,
          "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
          "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]
        }
        """;

    private const string TextConfig =
        """
        {
          "architectures": ["CLIPTextModel"], "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
          "vocab_size": 514, "max_position_embeddings": 77, "hidden_act": "quick_gelu", "eos_token_id": 2
        }
        """;

    private const string SchedulerConfig =
        """
        {
          "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
          "clip_sample": false, "set_alpha_to_one": false, "steps_offset": 1
        }
        """;

    private const string Index =
        """
        {
          "_class_name": "StableDiffusionPipeline", "scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
          "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]
        }
        """;

    /// <summary>Writes the model into a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="changeUNet">Changes the UNet's config.json; null for none.</param>
    public static void Write(string folder, Func<string, string>? changeUNet = null)
    {
        var unetConfig = changeUNet?.Invoke(UNetConfig) ?? UNetConfig;
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "model_index.json"), Index);
        WriteText(folder, "scheduler", "scheduler_config.json", SchedulerConfig);
        WriteTokenizer(folder);
        WriteComponent(folder, "unet", "diffusion_pytorch_model", unetConfig, json => new UNet2DConditionModel(UNet2DConditionConfig.FromJson(json, "unet")));
        WriteComponent(folder, "vae", "diffusion_pytorch_model", VaeConfig, json => new AutoencoderKL(AutoencoderKLConfig.FromJson(json, "vae")));
        WriteComponent(folder, "text_encoder", "model", TextConfig, json => new ClipTextModel(ClipTextConfig.FromJson(json, "text_encoder")));
    }

    /// <summary>Writes a TAESD of full size, which is small.</summary>
    /// <returns>The folder.</returns>
    public static string WriteTaesd(string folder)
    {
        WriteComponent(folder, "", "diffusion_pytorch_model", "{}", json => new AutoencoderTiny(AutoencoderTinyConfig.FromJson(json, "taesd")));
        return folder;
    }

    /// <summary>Writes a component with weights that are hashes of their names.</summary>
    public static void WriteComponent(string folder, string component, string baseName, string config, Func<JsonElement, nn.Module> build)
    {
        WriteText(folder, component, "config.json", config);
        using var document = JsonDocument.Parse(config);
        using var module = build(document.RootElement);
        HashWeights.Fill(module);
        SafetensorsWriter.Save(Path.Combine(folder, component, $"{baseName}.safetensors"), module.state_dict());
    }

    /// <summary>
    /// Writes a tokenizer of CLIP's format with the 256 bytes alone, once inside and once at the end of a word: every text has tokens, and
    /// no two of them merge.
    /// </summary>
    public static void WriteTokenizer(string folder, string component = "tokenizer")
    {
        var symbols = ByteSymbols().ToArray();
        string[] entries = [.. symbols, .. symbols.Select(symbol => symbol + "</w>"), "<|startoftext|>", "<|endoftext|>"];
        var vocabulary = entries.Select((entry, id) => (entry, id)).ToDictionary(pair => pair.entry, pair => pair.id);
        WriteText(folder, component, "vocab.json", JsonSerializer.Serialize(vocabulary));
        WriteText(folder, component, "merges.txt", "#version: 0.2\n");
    }

    // GPT-2's alphabet: printable bytes are themselves, the others are moved up beyond 255.
    private static IEnumerable<string> ByteSymbols()
    {
        var moved = 256;
        for (var octet = 0; octet < 256; octet++)
        {
            var printable = octet is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            yield return ((char)(printable ? octet : moved++)).ToString();
        }
    }

    /// <summary>Writes a file of a component.</summary>
    public static void WriteText(string folder, string component, string file, string text)
    {
        Directory.CreateDirectory(Path.Combine(folder, component));
        File.WriteAllText(Path.Combine(folder, component, file), text);
    }
}
