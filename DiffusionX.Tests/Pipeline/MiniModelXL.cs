using DiffusionX.Models.Clip;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;

namespace DiffusionX.Tests.Pipeline;

/// <summary>
/// The same with Stable Diffusion XL's architecture: two text encoders and a UNet that is told the pooled text and sizes. The edge's and
/// the cloud's have one VAE and one pair of text encoders, as Vega or SSD-1B and Stable Diffusion XL have.
/// </summary>
internal static class MiniModelXL
{
    /// <summary>The width of the pooled prompt.</summary>
    public const int PooledWidth = 24;

    private const string CloudDepths = "\"transformer_layers_per_block\": [1, 2]";

    private const string EdgeDepths =
        "\"transformer_layers_per_block\": [0, 1], \"reverse_transformer_layers_per_block\": [[1, 2], 0], \"mid_block_type\": "
        + "\"UNetMidBlock2D\"";

    private const string UNetConfig =
        """
        {
          "_class_name": "UNet2DConditionModel", "sample_size": 8, "block_out_channels": [32, 64], "layers_per_block": 1,
          "attention_head_dim": [2, 4],
          "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"], "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
          "cross_attention_dim": 80, "use_linear_projection": true, "addition_embed_type": "text_time", "addition_time_embed_dim": 8,
          "projection_class_embeddings_input_dim": 72, DEPTHS
        }
        """;

    private const string VaeConfig =
        """
        {
          "_class_name": "AutoencoderKL", "block_out_channels": [32, 32, 32, 32], "layers_per_block": 1, "latent_channels": 4,
          "scaling_factor": 0.13025,
          "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D", "DownEncoderBlock2D"],
          "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D", "UpDecoderBlock2D"],
          "force_upcast": true, "latents_mean": null, "latents_std": null, "shift_factor": null
        }
        """;

    private const string FirstTextConfig =
        """
        {
          "architectures": ["CLIPTextModel"], "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
          "vocab_size": 514, "max_position_embeddings": 77, "hidden_act": "quick_gelu", "eos_token_id": 2, "projection_dim": 24
        }
        """;

    private const string SecondTextConfig =
        """
        {
          "architectures": ["CLIPTextModelWithProjection"], "hidden_size": 48, "intermediate_size": 96, "num_hidden_layers": 3,
          "num_attention_heads": 4, "vocab_size": 514, "max_position_embeddings": 77, "hidden_act": "gelu", "eos_token_id": 2,
          "projection_dim": 24
        }
        """;

    private const string SchedulerConfig =
        """
        {
          "_class_name": "EulerDiscreteScheduler", "num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012,
          "beta_schedule": "scaled_linear",
          "steps_offset": 1, "timestep_spacing": "leading", "interpolation_type": "linear", "use_karras_sigmas": false
        }
        """;

    private const string Index =
        """
        {
          "_class_name": "StableDiffusionXLPipeline", "force_zeros_for_empty_prompt": true,
          "scheduler": ["diffusers", "EulerDiscreteScheduler"],
          "text_encoder": ["transformers", "CLIPTextModel"], "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
          "tokenizer": ["transformers", "CLIPTokenizer"], "tokenizer_2": ["transformers", "CLIPTokenizer"],
          "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"]
        }
        """;

    /// <summary>Writes the cloud's model, with Stable Diffusion XL's middle, into a folder.</summary>
    public static void WriteCloud(string folder) => Write(folder, CloudDepths);

    /// <summary>Writes the edge's model, with SSD-1B's nested depths and middle, into a folder.</summary>
    public static void WriteEdge(string folder) => Write(folder, EdgeDepths);

    /// <summary>Writes everything but networks: the index, the scheduler and both tokenizers.</summary>
    public static void WriteSmallParts(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "model_index.json"), Index);
        MiniModel.WriteText(folder, "scheduler", "scheduler_config.json", SchedulerConfig);
        MiniModel.WriteTokenizer(folder);
        MiniModel.WriteTokenizer(folder, "tokenizer_2");
        MiniModel.WriteText(folder, "tokenizer_2", "special_tokens_map.json", """{ "pad_token": "!" }""");
    }

    private static void Write(string folder, string depths)
    {
        WriteSmallParts(folder);
        MiniModel.WriteComponent(
            folder,
            "unet",
            "diffusion_pytorch_model",
            UNetConfig.Replace("DEPTHS", depths, StringComparison.Ordinal),
            json => new UNet2DConditionModel(UNet2DConditionConfig.FromJson(json, "unet")));
        MiniModel.WriteComponent(
            folder, "vae", "diffusion_pytorch_model", VaeConfig, json => new AutoencoderKL(AutoencoderKLConfig.FromJson(json, "vae")));
        MiniModel.WriteComponent(
            folder, "text_encoder", "model", FirstTextConfig, json => new ClipTextModel(
                ClipTextConfig.FromJson(json, "text_encoder") with { ProjectionDim = null }));
        MiniModel.WriteComponent(
            folder,
            "text_encoder_2",
            "model",
            SecondTextConfig,
            json => new ClipTextModel(ClipTextConfig.FromJson(json, "text_encoder_2")));
    }
}
