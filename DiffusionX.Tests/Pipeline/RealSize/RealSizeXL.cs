using System.Text.Json;
using DiffusionX.Models.Clip;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline.RealSize;

/// <summary>
/// Whole models of Stable Diffusion XL's family at their real sizes, in half precision, with weights that are hashes of their names. What
/// they draw means nothing; what it costs does. Stable Diffusion XL takes 6.9 GB on the disk, SSD-1B 4.5 and Vega 3.3.
/// </summary>
internal static class RealSizeXL
{
    private const string UNetConfig =
        """
        {
          "_class_name": "UNet2DConditionModel", "sample_size": 128,
          "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
          "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"], "block_out_channels": [320, 640, 1280],
          "cross_attention_dim": 2048, "attention_head_dim": [5, 10, 20], "use_linear_projection": true, "addition_embed_type": "text_time",
          "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816, DEPTHS
        }
        """;

    private const string VaeConfig =
        """
        {
          "_class_name": "AutoencoderKL", "block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "latent_channels": 4,
          "scaling_factor": 0.13025,
          "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
          "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"], "force_upcast": true
        }
        """;

    private const string FirstTextConfig =
        """
        {
          "architectures": ["CLIPTextModel"], "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
          "num_attention_heads": 12, "vocab_size": 49408, "max_position_embeddings": 77, "hidden_act": "quick_gelu", "eos_token_id": 2
        }
        """;

    private const string SecondTextConfig =
        """
        {
          "architectures": ["CLIPTextModelWithProjection"], "hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32,
          "num_attention_heads": 20, "vocab_size": 49408, "max_position_embeddings": 77, "hidden_act": "gelu", "eos_token_id": 2,
          "projection_dim": 1280
        }
        """;

    private static readonly Dictionary<string, string> Depths = new()
    {
        ["xl"] = "\"transformer_layers_per_block\": [1, 2, 10]",
        ["ssd-1b"] =
            "\"transformer_layers_per_block\": [0, 2, 4], \"reverse_transformer_layers_per_block\": [[4, 4, 10], [2, 1, 1], 0], "
            + "\"mid_block_type\": \"UNetMidBlock2D\"",
        ["vega"] = "\"transformer_layers_per_block\": [1, 1, 2], \"mid_block_type\": \"UNetMidBlock2D\"",
    };

    /// <summary>The models' names: xl, ssd-1b and vega.</summary>
    public static IReadOnlyCollection<string> Names => Depths.Keys;

    /// <summary>The UNet's config.json.</summary>
    public static JsonElement UNet(string name)
    {
        using var document = JsonDocument.Parse(UNetConfig.Replace("DEPTHS", Depths[name], StringComparison.Ordinal));
        return document.RootElement.Clone();
    }

    /// <summary>Writes a model into a folder, one component after another.</summary>
    public static void Write(string folder, string name)
    {
        MiniModelXL.WriteSmallParts(folder);
        using var placement = ParameterPlacement.On(CPU, ScalarType.Float16);
        var unet = UNet(name).GetRawText();
        MiniModel.WriteComponent(
            folder,
            "unet",
            "diffusion_pytorch_model",
            unet,
            json => new UNet2DConditionModel(UNet2DConditionConfig.FromJson(json, "unet")));
        MiniModel.WriteComponent(
            folder, "vae", "diffusion_pytorch_model", VaeConfig, json => new AutoencoderKL(AutoencoderKLConfig.FromJson(json, "vae")));
        MiniModel.WriteComponent(
            folder, "text_encoder", "model", FirstTextConfig, json => new ClipTextModel(ClipTextConfig.FromJson(json, "text_encoder")));
        MiniModel.WriteComponent(
            folder,
            "text_encoder_2",
            "model",
            SecondTextConfig,
            json => new ClipTextModel(ClipTextConfig.FromJson(json, "text_encoder_2")));
    }
}
