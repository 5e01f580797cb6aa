using DiffusionX.Models.Clip;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline.RealSize;

/// <summary>
/// Stable Diffusion 1.5 and Tiny-SD at their real sizes, in half precision, with weights that are hashes of their names: 2.1 and 1.1 GB.
/// </summary>
internal static class RealSize15
{
    public const string Name = "sd15";
    public const string TinyName = "tiny-sd";

    private const string TinyUNetConfig =
        """
        {
          "_class_name": "UNet2DConditionModel", "sample_size": 64, "block_out_channels": [320, 640, 1280], "cross_attention_dim": 768, "attention_head_dim": 8,
          "layers_per_block": 1, "mid_block_type": null,
          "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
          "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]
        }
        """;

    private const string UNetConfig =
        """
        {
          "_class_name": "UNet2DConditionModel", "sample_size": 64, "block_out_channels": [320, 640, 1280, 1280], "cross_attention_dim": 768, "attention_head_dim": 8,
          "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
          "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]
        }
        """;

    private const string VaeConfig =
        """
        {
          "_class_name": "AutoencoderKL", "block_out_channels": [128, 256, 512, 512], "layers_per_block": 2, "latent_channels": 4, "scaling_factor": 0.18215,
          "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
          "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"]
        }
        """;

    private const string TextConfig =
        """
        {
          "architectures": ["CLIPTextModel"], "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
          "vocab_size": 49408, "max_position_embeddings": 77, "hidden_act": "quick_gelu", "eos_token_id": 2
        }
        """;

    public static IReadOnlyList<string> Names { get; } = [Name, TinyName];

    /// <summary>Writes one of them into a folder, one component after another.</summary>
    public static void Write(string folder, string name = Name)
    {
        MiniModel.Write(folder);
        using var placement = ParameterPlacement.On(CPU, ScalarType.Float16);
        MiniModel.WriteComponent(folder, "unet", "diffusion_pytorch_model", name == TinyName ? TinyUNetConfig : UNetConfig, json => new UNet2DConditionModel(UNet2DConditionConfig.FromJson(json, "unet")));
        MiniModel.WriteComponent(folder, "vae", "diffusion_pytorch_model", VaeConfig, json => new AutoencoderKL(AutoencoderKLConfig.FromJson(json, "vae")));
        MiniModel.WriteComponent(folder, "text_encoder", "model", TextConfig, json => new ClipTextModel(ClipTextConfig.FromJson(json, "text_encoder")));
    }
}
