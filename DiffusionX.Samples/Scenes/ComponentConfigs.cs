using System.Text.Json.Nodes;
using DiffusionX.Models.Bert;
using DiffusionX.Models.Clip;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Schedulers;

namespace DiffusionX.Scenes;

/// <summary>The shapes of models as diffusers and transformers write them down: the config.json beside the weights.</summary>
internal static class ComponentConfigs
{
    /// <summary>Of a VAE.</summary>
    public static JsonObject Of(AutoencoderKLConfig config) => new()
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
        ["scaling_factor"] = config.ScalingFactor,
    };

    /// <summary>Of a text encoder.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="architecture">Its class in transformers.</param>
    public static JsonObject Of(ClipTextConfig config, string architecture) => new()
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

    /// <summary>Of an image encoder.</summary>
    public static JsonObject Of(ClipVisionConfig config) => new()
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

    /// <summary>Of a BERT.</summary>
    public static JsonObject Of(BertConfig config) => new()
    {
        ["architectures"] = new JsonArray(nameof(BertModel)),
        ["model_type"] = "bert",
        ["vocab_size"] = config.VocabularySize,
        ["hidden_size"] = config.HiddenSize,
        ["intermediate_size"] = config.IntermediateSize,
        ["num_hidden_layers"] = config.Layers,
        ["num_attention_heads"] = config.Heads,
        ["max_position_embeddings"] = config.MaxPositions,
        ["type_vocab_size"] = config.TokenTypes,
        ["hidden_act"] = "gelu",
        ["layer_norm_eps"] = config.NormEpsilon,
    };

    /// <summary>Of a tiny autoencoder.</summary>
    public static JsonObject Of(AutoencoderTinyConfig config) => new()
    {
        ["_class_name"] = nameof(AutoencoderTiny),
        ["in_channels"] = 3,
        ["out_channels"] = 3,
        ["latent_channels"] = config.LatentChannels,
        ["encoder_block_out_channels"] = Numbers(Enumerable.Repeat(config.Channels, config.EncoderBlocks.Count)),
        ["decoder_block_out_channels"] = Numbers(Enumerable.Repeat(config.Channels, config.DecoderBlocks.Count)),
        ["num_encoder_blocks"] = Numbers(config.EncoderBlocks),
        ["num_decoder_blocks"] = Numbers(config.DecoderBlocks),
        ["act_fn"] = "relu",
        ["upsampling_scaling_factor"] = 2,
        ["scaling_factor"] = config.ScalingFactor,
    };

    /// <summary>Of a UNet.</summary>
    public static JsonObject Of(UNet2DConditionConfig config) => new()
    {
        ["_class_name"] = nameof(UNet2DConditionModel),
        ["sample_size"] = config.SampleSize,
        ["in_channels"] = config.InChannels,
        ["out_channels"] = config.OutChannels,
        ["down_block_types"] = new JsonArray([.. config.DownAttends.Select(attends => JsonValue.Create(attends ? "CrossAttnDownBlock2D" : "DownBlock2D"))]),
        ["mid_block_type"] = config.MidBlock == UNetMidBlock.None ? null : "UNetMidBlock2DCrossAttn",
        ["up_block_types"] = new JsonArray([.. config.UpAttends.Select(attends => JsonValue.Create(attends ? "CrossAttnUpBlock2D" : "UpBlock2D"))]),
        ["block_out_channels"] = Numbers(config.BlockOutChannels),
        ["layers_per_block"] = config.LayersPerBlock,
        ["attention_head_dim"] = Numbers(config.AttentionHeads),
        ["cross_attention_dim"] = config.CrossAttentionDim,
        ["norm_num_groups"] = config.NormGroups,
        ["act_fn"] = "silu",
        ["time_cond_proj_dim"] = config.GuidanceEmbeddingDim,
    };

    /// <summary>Of the scenes' scheduler.</summary>
    public static JsonObject Of(SchedulerConfig config) => new()
    {
        ["_class_name"] = SchedulerName(config),
        ["num_train_timesteps"] = config.TrainTimesteps,
        ["beta_schedule"] = "scaled_linear",
        ["beta_start"] = config.BetaStart,
        ["beta_end"] = config.BetaEnd,
        ["prediction_type"] = "v_prediction",
        ["timestep_spacing"] = "trailing",
        ["steps_offset"] = config.StepsOffset,
        ["clip_sample"] = false,
        ["set_alpha_to_one"] = config.SetAlphaToOne,
        ["original_inference_steps"] = config.OriginalInferenceSteps,
    };

    /// <summary>Which component is what: model_index.json.</summary>
    public static JsonObject Index(SchedulerConfig scheduler) => new()
    {
        ["_class_name"] = "StableDiffusionPipeline",
        ["scheduler"] = new JsonArray("diffusers", SchedulerName(scheduler)),
        ["text_encoder"] = new JsonArray("transformers", "CLIPTextModel"),
        ["tokenizer"] = new JsonArray("transformers", "CLIPTokenizer"),
        ["unet"] = new JsonArray("diffusers", nameof(UNet2DConditionModel)),
        ["vae"] = new JsonArray("diffusers", nameof(AutoencoderKL)),
    };

    /// <summary>How the models are best run: generation_config.json.</summary>
    public static JsonObject Defaults(int steps) => new() { ["steps"] = steps, ["guidance_scale"] = ScenesModels.GuidanceScale };

    private static string SchedulerName(SchedulerConfig config) => config.Kind == SchedulerKind.Lcm ? "LCMScheduler" : "DDIMScheduler";

    private static JsonArray Repeated(string name, int count) => [.. Enumerable.Repeat(name, count).Select(text => JsonValue.Create(text))];

    private static JsonArray Numbers(IEnumerable<int> numbers) => [.. numbers.Select(number => JsonValue.Create(number))];
}
