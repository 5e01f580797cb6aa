using System.Text.Json;
using DiffusionX.Checkpoints;

namespace DiffusionX.Models.UNet;

/// <summary>The shape of a <see cref="UNet2DConditionModel"/>: Stable Diffusion 1.x and 2.x, and BK-SDM's Base, Small and Tiny.</summary>
internal sealed record UNet2DConditionConfig
{
    private static readonly string[] DownBlockTypes = ["CrossAttnDownBlock2D", "DownBlock2D"];
    private static readonly string[] UpBlockTypes = ["CrossAttnUpBlock2D", "UpBlock2D"];

    /// <summary>The height and width of the latents that the model was trained on.</summary>
    public int SampleSize { get; init; } = 64;

    /// <summary>Latent channels in.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Latent channels out.</summary>
    public int OutChannels { get; init; } = 4;

    /// <summary>Whether the sinusoids of the timestep begin with the cosines (<c>flip_sin_to_cos</c>).</summary>
    public bool CosinesFirst { get; init; } = true;

    /// <summary>The shift of the sinusoids' frequencies (<c>freq_shift</c>).</summary>
    public double FrequencyShift { get; init; }

    /// <summary>Channels of each level, from the highest resolution to the lowest.</summary>
    public required IReadOnlyList<int> BlockOutChannels { get; init; }

    /// <summary>Attention heads of each level.</summary>
    public required IReadOnlyList<int> AttentionHeads { get; init; }

    /// <summary>For each level on the way down, whether it attends to the text.</summary>
    public required IReadOnlyList<bool> DownAttends { get; init; }

    /// <summary>For each level on the way up, lowest resolution first, whether it attends to the text.</summary>
    public required IReadOnlyList<bool> UpAttends { get; init; }

    /// <summary>Whether there is a middle block. BK-SDM Small and Tiny have none (<c>"mid_block_type": null</c>).</summary>
    public bool HasMidBlock { get; init; } = true;

    /// <summary>Residual blocks of a level on the way down; one more on the way up.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>Transformer blocks in each attention.</summary>
    public int TransformerLayersPerBlock { get; init; } = 1;

    /// <summary>The width of the text encoder's hidden states.</summary>
    public required int CrossAttentionDim { get; init; }

    /// <summary>Whether the projections around the transformers are stored as matrices (SD 2) or as 1×1 convolutions (SD 1).</summary>
    public bool UseLinearProjection { get; init; }

    /// <summary>Groups of the group normalisations.</summary>
    public int NormGroups { get; init; } = 32;

    /// <summary>Their epsilon.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Reads diffusers' config.json.</summary>
    /// <param name="json">The config.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="ModelConfigException">A setting is missing, wrong, or asks for maths that is not built here.</exception>
    public static UNet2DConditionConfig FromJson(JsonElement json, string source)
    {
        var settings = new ConfigReader(json, source);
        var downBlocks = settings.Names(
            "down_block_types", DownBlockTypes, ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"]);
        var upBlocks = settings.Names(
            "up_block_types", UpBlockTypes, ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"]);
        var channels = settings.Integers("block_out_channels", [320, 640, 1280, 1280]);
        if (downBlocks.Count != channels.Count || upBlocks.Count != channels.Count)
        {
            throw settings.Wrong("block_out_channels", $"has {channels.Count} levels, down_block_types {downBlocks.Count} and up_block_types {upBlocks.Count}");
        }

        var config = new UNet2DConditionConfig
        {
            SampleSize = settings.Integer("sample_size", 64),
            InChannels = settings.Integer("in_channels", 4),
            OutChannels = settings.Integer("out_channels", 4),
            CosinesFirst = settings.Flag("flip_sin_to_cos", true),
            FrequencyShift = settings.Number("freq_shift", 0),
            BlockOutChannels = channels,
            AttentionHeads = ReadHeads(settings, channels),
            DownAttends = [.. downBlocks.Select(type => type == DownBlockTypes[0])],
            UpAttends = [.. upBlocks.Select(type => type == UpBlockTypes[0])],
            HasMidBlock = ReadHasMidBlock(settings),
            LayersPerBlock = settings.Integer("layers_per_block", 2),
            TransformerLayersPerBlock = settings.Integer("transformer_layers_per_block", 1),
            CrossAttentionDim = settings.Integer("cross_attention_dim", 1280),
            UseLinearProjection = settings.Flag("use_linear_projection", false),
            NormGroups = settings.Integer("norm_num_groups", 32),
            NormEpsilon = settings.Number("norm_eps", 1e-5),
        };
        RefuseOtherMaths(settings);
        return config;
    }

    // attention_head_dim counts heads, in spite of its name; diffusers keeps it so because published configs say it so.
    private static IReadOnlyList<int> ReadHeads(ConfigReader settings, IReadOnlyList<int> channels)
    {
        var name = settings.IsNull("num_attention_heads") || !settings.Has("num_attention_heads") ? "attention_head_dim" : "num_attention_heads";
        var heads = settings.IntegerOrList(name, channels.Count, 8);
        for (var level = 0; level < channels.Count; level++)
        {
            if (channels[level] % heads[level] != 0)
            {
                throw settings.Wrong(name, $"gives {heads[level]} heads to {channels[level]} channels, which they do not divide");
            }
        }

        return heads;
    }

    // An absent mid_block_type means the default one; an explicit null means none.
    private static bool ReadHasMidBlock(ConfigReader settings)
    {
        settings.Expect("mid_block_type", "UNetMidBlock2DCrossAttn");
        return !settings.IsNull("mid_block_type");
    }

    private static void RefuseOtherMaths(ConfigReader settings)
    {
        settings.Expect("act_fn", "silu");
        settings.Expect("center_input_sample", false);
        settings.Expect("downsample_padding", 1);
        settings.Expect("mid_block_scale_factor", 1);
        settings.Expect("only_cross_attention", false);
        settings.Expect("dual_cross_attention", false);
        settings.Expect("resnet_time_scale_shift", "default");
        settings.Expect("resnet_skip_time_act", false);
        settings.Expect("resnet_out_scale_factor", 1);
        settings.Expect("time_embedding_type", "positional");
        settings.Expect("attention_type", "default");
        settings.Expect("conv_in_kernel", 3);
        settings.Expect("conv_out_kernel", 3);
        settings.Expect("class_embeddings_concat", false);
        settings.Ignore("dropout", "upcast_attention", "addition_embed_type_num_heads");
        settings.RefuseOthers();
    }
}
