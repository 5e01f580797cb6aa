using System.Text.Json;
using System.Text.Json.Nodes;

namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>
/// The configs that diffusers' folders hold, from the shapes of a single file's tensors. What no shape tells is what the family has: heads,
/// activations, scales.
/// </summary>
internal static class DerivedConfigs
{
    private const int HeadWidth = 64;
    private const int HeadsOfStableDiffusion1 = 8;
    private const int TimeIds = 6;
    private const int DefaultTimeWidth = 256;

    /// <summary>A UNet's.</summary>
    /// <param name="shapes">Its tensors.</param>
    /// <param name="family">Its family.</param>
    /// <param name="sampleSize">The height and width of the latents that it was trained on.</param>
    /// <param name="pooledWidth">The width of the second text encoder's projection, if it is known.</param>
    public static JsonElement UNet(TensorShapes shapes, SingleFileFamily family, int sampleSize, int? pooledWidth)
    {
        var levels = Enumerable.Range(0, shapes.Count("down_blocks.")).ToArray();
        int[] channels = [.. levels.Select(level => shapes.Size($"down_blocks.{level}.resnets.0.conv1.weight", 0))];
        var config = new JsonObject
        {
            ["_class_name"] = "UNet2DConditionModel",
            ["sample_size"] = sampleSize,
            ["in_channels"] = shapes.Size("conv_in.weight", 1),
            ["out_channels"] = shapes.Size("conv_out.weight", 0),
            ["block_out_channels"] = Array(channels),
            ["down_block_types"] = Array(
                levels.Select(level => Attends(shapes, $"down_blocks.{level}") ? "CrossAttnDownBlock2D" : "DownBlock2D")),
            ["up_block_types"] = Array(
                levels.Select(level => Attends(shapes, $"up_blocks.{level}") ? "CrossAttnUpBlock2D" : "UpBlock2D")),
            ["layers_per_block"] = shapes.Count("down_blocks.0.resnets."),
            ["attention_head_dim"] = family == SingleFileFamily.StableDiffusion1 ? HeadsOfStableDiffusion1 : Array(channels.Select(Heads)),
        };
        if (shapes.FindEnding(".attn2.to_k.weight") is { } key)
        {
            config["cross_attention_dim"] = shapes.Size(key, 1);
        }

        if (shapes.FindEnding(".proj_in.weight") is { } projection && shapes.Rank(projection) == 2)
        {
            config["use_linear_projection"] = true;
        }

        AddMiddle(config, shapes);
        AddDepths(config, shapes, levels);
        AddSizeConditioning(config, shapes, pooledWidth);
        return ToElement(config);
    }

    /// <summary>A VAE's.</summary>
    public static JsonElement Vae(TensorShapes shapes, SingleFileFamily family, int sampleSize)
    {
        var levels = Enumerable.Range(0, shapes.Count("encoder.down_blocks.")).ToArray();
        var config = new JsonObject
        {
            ["_class_name"] = "AutoencoderKL",
            ["in_channels"] = shapes.Size("encoder.conv_in.weight", 1),
            ["out_channels"] = shapes.Size("decoder.conv_out.weight", 0),
            ["latent_channels"] = shapes.Size("decoder.conv_in.weight", 1),
            ["block_out_channels"] = Array(levels.Select(level => shapes.Size($"encoder.down_blocks.{level}.resnets.0.conv1.weight", 0))),
            ["down_block_types"] = Array(levels.Select(_ => "DownEncoderBlock2D")),
            ["up_block_types"] = Array(levels.Select(_ => "UpDecoderBlock2D")),
            ["layers_per_block"] = shapes.Count("encoder.down_blocks.0.resnets."),
            ["sample_size"] = sampleSize << Math.Min(10, Math.Max(0, levels.Length - 1)),
            ["scaling_factor"] = family == SingleFileFamily.StableDiffusionXL ? 0.13025 : 0.18215,
        };
        if (family == SingleFileFamily.StableDiffusionXL)
        {
            config["force_upcast"] = true;
        }

        return ToElement(config);
    }

    /// <summary>A text encoder's.</summary>
    /// <param name="shapes">Its tensors.</param>
    /// <param name="fromOpenClip">Whether it is one of OpenCLIP's, which have another activation than OpenAI's.</param>
    public static JsonElement Text(TensorShapes shapes, bool fromOpenClip)
    {
        const string projection = "text_projection.weight";
        var width = shapes.Size("text_model.embeddings.token_embedding.weight", 1);
        var config = new JsonObject
        {
            ["architectures"] = Array([shapes.Has(projection) ? "CLIPTextModelWithProjection" : "CLIPTextModel"]),
            ["hidden_size"] = width,
            ["intermediate_size"] = shapes.Size("text_model.encoder.layers.0.mlp.fc1.weight", 0),
            ["num_hidden_layers"] = shapes.Count("text_model.encoder.layers."),
            ["num_attention_heads"] = Heads(width),
            ["vocab_size"] = shapes.Size("text_model.embeddings.token_embedding.weight", 0),
            ["max_position_embeddings"] = shapes.Size("text_model.embeddings.position_embedding.weight", 0),
            ["hidden_act"] = fromOpenClip ? "gelu" : "quick_gelu",
            ["layer_norm_eps"] = 1e-5,
            ["eos_token_id"] = 2,
        };
        if (shapes.Has(projection))
        {
            config["projection_dim"] = shapes.Size(projection, 0);
        }

        return ToElement(config);
    }

    /// <summary>The scheduler's, as the family's published folders have it.</summary>
    public static JsonElement Scheduler(SingleFileFamily family, bool predictsVelocity, bool zeroTerminalSnr)
    {
        var config = new JsonObject
        {
            ["_class_name"] = family == SingleFileFamily.StableDiffusionXL ? "EulerDiscreteScheduler" : "DDIMScheduler",
            ["num_train_timesteps"] = 1000,
            ["beta_start"] = 0.00085,
            ["beta_end"] = 0.012,
            ["beta_schedule"] = "scaled_linear",
            ["prediction_type"] = predictsVelocity ? "v_prediction" : "epsilon",
            ["timestep_spacing"] = zeroTerminalSnr ? "trailing" : "leading",
            ["steps_offset"] = 1,
        };
        if (family != SingleFileFamily.StableDiffusionXL)
        {
            config["clip_sample"] = false;
            config["set_alpha_to_one"] = false;
        }

        if (zeroTerminalSnr)
        {
            config["rescale_betas_zero_snr"] = true;
        }

        return ToElement(config);
    }

    private static bool Attends(TensorShapes shapes, string block) => shapes.Has($"{block}.attentions.0.norm.weight");

    private static int Heads(int width) => Math.Max(1, width / HeadWidth);

    // Absent means the usual middle, with attention.
    private static void AddMiddle(JsonObject config, TensorShapes shapes)
    {
        if (!shapes.Has("mid_block.resnets.0.conv1.weight"))
        {
            config["mid_block_type"] = null;
        }
        else if (!Attends(shapes, "mid_block"))
        {
            config["mid_block_type"] = "UNetMidBlock2D";
        }
    }

    // A level's depth is a number, or a list where its attentions differ. The last level's is the middle's too, and those of levels without
    // attention are not used.
    private static void AddDepths(JsonObject config, TensorShapes shapes, int[] levels)
    {
        int[][] down = [.. levels.Select(level => Depths(shapes, $"down_blocks.{level}"))];
        int[][] up = [.. levels.Select(level => Depths(shapes, $"up_blocks.{level}"))];
        if (levels.Length > 0 && down[^1].Length == 0)
        {
            down[^1] = Depths(shapes, "mid_block");
        }

        if (down.Any(level => Depth(level) is not 1))
        {
            config["transformer_layers_per_block"] = new JsonArray([.. down.Select(ToNode)]);
        }

        var differs = up.Zip(down.Reverse(), (above, below) => above.Length > 0 && (Depth(above) is not { } depth || depth != Depth(below)));
        if (differs.Any(level => level))
        {
            config["reverse_transformer_layers_per_block"] = new JsonArray([.. up.Select(ToNode)]);
        }
    }

    private static int[] Depths(TensorShapes shapes, string block) =>
    [
        .. Enumerable.Range(0, shapes.Count($"{block}.attentions."))
            .Select(layer => shapes.Count($"{block}.attentions.{layer}.transformer_blocks.")),
    ];

    // The depth that all of a level's attentions have; null where they differ.
    private static int? Depth(int[] depths) => depths.Length == 0 ? 1 : depths.All(depth => depth == depths[0]) ? depths[0] : null;

    private static JsonNode ToNode(int[] depths) => Depth(depths) is { } depth ? JsonValue.Create(depth) : Array(depths);

    private static void AddSizeConditioning(JsonObject config, TensorShapes shapes, int? pooledWidth)
    {
        const string embedding = "add_embedding.linear_1.weight";
        if (!shapes.Has(embedding))
        {
            return;
        }

        var width = shapes.Size(embedding, 1);
        config["addition_embed_type"] = "text_time";
        config["addition_time_embed_dim"] = pooledWidth < width ? (width - pooledWidth.Value) / TimeIds : DefaultTimeWidth;
        config["projection_class_embeddings_input_dim"] = width;
    }

    private static JsonArray Array(IEnumerable<int> numbers) => [.. numbers.Select(number => (JsonNode)number)];

    private static JsonArray Array(IEnumerable<string> names) => [.. names.Select(name => (JsonNode)name)];

    private static JsonElement ToElement(JsonObject config) => JsonSerializer.SerializeToElement(config);
}
