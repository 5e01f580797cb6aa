using System.Text.Json;
using DiffusionX.Checkpoints;

namespace DiffusionX.Models.UNet;

/// <summary>
/// The shape of a <see cref="UNet2DConditionModel"/>: Stable Diffusion 1.x and 2.x, BK-SDM's Base, Small and Tiny, Stable Diffusion XL,
/// SSD-1B and Segmind Vega.
/// </summary>
internal sealed record UNet2DConditionConfig
{
    private const int MostLevels = 8;
    private const int MostLayers = 32;
    private const int MostTransformerLayers = 128;
    private const int MostTransformers = 2048;
    private const int WidestLevel = 1 << 14;
    private const int WidestText = 1 << 16;
    private const int LargestSample = 4096;
    private const int MostLatentChannels = 256;
    private const int LargestKernel = 15;

    private const string MidBlockSetting = "mid_block_type";
    private const string DepthSetting = "transformer_layers_per_block";
    private const string ReverseDepthSetting = "reverse_transformer_layers_per_block";

    private static readonly string[] DownBlockTypes = ["CrossAttnDownBlock2D", "DownBlock2D"];
    private static readonly string[] UpBlockTypes = ["CrossAttnUpBlock2D", "UpBlock2D"];

    private static readonly Dictionary<string, UNetMidBlock> MidBlockTypes = new()
    {
        ["UNetMidBlock2DCrossAttn"] = UNetMidBlock.CrossAttention,
        ["UNetMidBlock2D"] = UNetMidBlock.Residual,
    };

    /// <summary>The height and width of the latents that the model was trained on.</summary>
    public int SampleSize { get; init; } = 64;

    /// <summary>Channels in: the latent's, and in inpainting models those of a mask and a masked latent.</summary>
    public int InChannels { get; init; } = 4;

    /// <summary>Latent channels out.</summary>
    public int OutChannels { get; init; } = 4;

    /// <summary>The side of the first convolution's kernel, an odd number.</summary>
    public int InKernel { get; init; } = 3;

    /// <summary>The side of the last convolution's kernel, an odd number.</summary>
    public int OutKernel { get; init; } = 3;

    /// <summary>Whether the sinusoids of the timestep begin with the cosines (<c>flip_sin_to_cos</c>).</summary>
    public bool CosinesFirst { get; init; } = true;

    /// <summary>The shift of the sinusoids' frequencies (<c>freq_shift</c>).</summary>
    public double FrequencyShift { get; init; }

    /// <summary>The width of the time embedding; null for four times that of the first level.</summary>
    public int? TimeEmbeddingDim { get; init; }

    /// <summary>
    /// The width in which the guidance scale is given to the time embedding, as models that were distilled with it take it; null for none
    /// (<c>time_cond_proj_dim</c>).
    /// </summary>
    public int? GuidanceEmbeddingDim { get; init; }

    /// <summary>
    /// How the pooled text and the picture's size are added to the time embedding; null for models that are not told them.
    /// </summary>
    public TextTimeConfig? TextTime { get; init; }

    /// <summary>Channels of each level, from the highest resolution to the lowest.</summary>
    public required IReadOnlyList<int> BlockOutChannels { get; init; }

    /// <summary>Attention heads of each level.</summary>
    public required IReadOnlyList<int> AttentionHeads { get; init; }

    /// <summary>For each level on the way down, whether it attends to the text.</summary>
    public required IReadOnlyList<bool> DownAttends { get; init; }

    /// <summary>For each level on the way up, lowest resolution first, whether it attends to the text.</summary>
    public required IReadOnlyList<bool> UpAttends { get; init; }

    /// <summary>What is at the lowest resolution, between the way down and the way up.</summary>
    public UNetMidBlock MidBlock { get; init; } = UNetMidBlock.CrossAttention;

    /// <summary>Residual blocks of a level on the way down; one more on the way up.</summary>
    public int LayersPerBlock { get; init; } = 2;

    /// <summary>
    /// For each level on the way down the transformer blocks of its attentions: one number for all of them, or one for each. Null for 1
    /// everywhere. The first number of the last level is the middle's too.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<int>>? TransformerLayersPerBlock { get; init; }

    /// <summary>The same for the way up, lowest resolution first; null where it is the way down's, reversed.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? ReverseTransformerLayersPerBlock { get; init; }

    /// <summary>The width of the text encoders' hidden states.</summary>
    public required int CrossAttentionDim { get; init; }

    /// <summary>
    /// Whether the projections around the transformers are stored as matrices (SD 2 and XL) or as 1×1 convolutions (SD 1).
    /// </summary>
    public bool UseLinearProjection { get; init; }

    /// <summary>Groups of the group normalisations.</summary>
    public int NormGroups { get; init; } = 32;

    /// <summary>Their epsilon.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    internal int TimeWidth => TimeEmbeddingDim ?? 4 * BlockOutChannels[0];

    /// <summary>Transformer blocks after each residual block of a level on the way down; null where it does not attend.</summary>
    /// <param name="level">0 for the highest resolution.</param>
    internal IReadOnlyList<int>? DownTransformers(int level) =>
        DownAttends[level] ? ForEach(LayersPerBlock, TransformerLayersPerBlock?[level]) : null;

    /// <summary>The same of the middle, which has one transformer or none.</summary>
    internal IReadOnlyList<int>? MidTransformers() =>
        MidBlock == UNetMidBlock.CrossAttention ? [TransformerLayersPerBlock?[^1][0] ?? 1] : null;

    /// <summary>The same on the way up.</summary>
    /// <param name="order">0 for the lowest resolution.</param>
    internal IReadOnlyList<int>? UpTransformers(int order) => UpAttends[order]
        ? ForEach(
            LayersPerBlock + 1, ReverseTransformerLayersPerBlock?[order] ?? TransformerLayersPerBlock?[BlockOutChannels.Count - 1 - order])
        : null;

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
        var channels = settings.Integers("block_out_channels", [320, 640, 1280, 1280], WidestLevel);
        if (downBlocks.Count != channels.Count || upBlocks.Count != channels.Count || channels.Count > MostLevels)
        {
            throw settings.Wrong(
                "block_out_channels",
                $"has {channels.Count} levels, down_block_types {downBlocks.Count} and up_block_types {upBlocks.Count}; they have to "
                + $"be as many, at most {MostLevels}");
        }

        var config = new UNet2DConditionConfig
        {
            SampleSize = settings.Integer("sample_size", 64, 1, LargestSample),
            InChannels = settings.Integer("in_channels", 4, 1, MostLatentChannels),
            OutChannels = settings.Integer("out_channels", 4, 1, MostLatentChannels),
            InKernel = ReadKernel(settings, "conv_in_kernel"),
            OutKernel = ReadKernel(settings, "conv_out_kernel"),
            CosinesFirst = settings.Flag("flip_sin_to_cos", true),
            FrequencyShift = settings.Number("freq_shift", 0),
            TimeEmbeddingDim = settings.OptionalInteger("time_embedding_dim", 1, WidestText),
            GuidanceEmbeddingDim = settings.OptionalInteger("time_cond_proj_dim", 4, WidestText),
            TextTime = ReadTextTime(settings),
            BlockOutChannels = channels,
            AttentionHeads = settings.IntegerOrList(HeadsSetting(settings), channels.Count, 8),
            DownAttends = [.. downBlocks.Select(type => type == DownBlockTypes[0])],
            UpAttends = [.. upBlocks.Select(type => type == UpBlockTypes[0])],
            MidBlock = ReadMidBlock(settings),
            LayersPerBlock = settings.Integer("layers_per_block", 2, 1, MostLayers),
            TransformerLayersPerBlock = settings.IntegerOrNestedLists(DepthSetting, channels.Count, MostTransformerLayers),
            ReverseTransformerLayersPerBlock = settings.IntegerOrNestedLists(ReverseDepthSetting, channels.Count, MostTransformerLayers),
            CrossAttentionDim = settings.Integer("cross_attention_dim", 1280, 1, WidestText),
            UseLinearProjection = settings.Flag("use_linear_projection", false),
            NormGroups = settings.Integer("norm_num_groups", 32, 1, WidestLevel),
            NormEpsilon = settings.Number("norm_eps", 1e-5),
        };
        CheckDivisors(settings, config);
        CheckDepths(settings, config);
        RefuseOtherMaths(settings);
        return config;
    }

    private static IReadOnlyList<int> ForEach(int attentions, IReadOnlyList<int>? depths) =>
        depths is { Count: > 1 } ? depths : [.. Enumerable.Repeat(depths?[0] ?? 1, attentions)];

    // attention_head_dim counts heads, in spite of its name; diffusers keeps it so because published configs say it so.
    private static string HeadsSetting(ConfigReader settings) =>
        settings.IsNull("num_attention_heads") || !settings.Has("num_attention_heads") ? "attention_head_dim" : "num_attention_heads";

    private static int ReadKernel(ConfigReader settings, string name)
    {
        var side = settings.Integer(name, 3, 1, LargestKernel);
        return side % 2 == 1 ? side : throw settings.Wrong(name, $"is {side}, and has to be odd");
    }

    private static TextTimeConfig? ReadTextTime(ConfigReader settings)
    {
        settings.Expect("addition_embed_type", "text_time");
        var (timeWidth, inputs) = (
            settings.OptionalInteger("addition_time_embed_dim", 2, WidestText),
            settings.OptionalInteger("projection_class_embeddings_input_dim", 1, WidestText));
        if (settings.IsNull("addition_embed_type") || !settings.Has("addition_embed_type"))
        {
            return null;
        }

        return timeWidth is { } width && inputs is { } all
            ? new TextTimeConfig(width, all)
            : throw settings.Wrong(
                "addition_embed_type",
                "is \"text_time\", which takes 'addition_time_embed_dim' and 'projection_class_embeddings_input_dim'");
    }

    // An absent mid_block_type means the default one; an explicit null means none.
    private static UNetMidBlock ReadMidBlock(ConfigReader settings)
    {
        var type = settings.OneOf<UNetMidBlock>(MidBlockSetting, MidBlockTypes, UNetMidBlock.CrossAttention);
        return settings.IsNull(MidBlockSetting) ? UNetMidBlock.None : type;
    }

    private static void CheckDivisors(ConfigReader settings, UNet2DConditionConfig config)
    {
        var (channels, heads) = (config.BlockOutChannels, config.AttentionHeads);
        for (var level = 0; level < channels.Count; level++)
        {
            var attends = config.DownAttends[level] || config.UpAttends[channels.Count - 1 - level] || level == channels.Count - 1;
            if (attends && channels[level] % heads[level] != 0)
            {
                throw settings.Wrong(
                    HeadsSetting(settings), $"gives {heads[level]} heads to {channels[level]} channels, which they do not divide");
            }

            if (channels[level] % config.NormGroups != 0)
            {
                throw settings.Wrong(
                    "norm_num_groups", $"is {config.NormGroups}, and has to divide the {channels[level]} channels of a level");
            }
        }
    }

    private static void CheckDepths(ConfigReader settings, UNet2DConditionConfig config)
    {
        CheckCounts(settings, DepthSetting, config.TransformerLayersPerBlock, config.LayersPerBlock);
        CheckCounts(settings, ReverseDepthSetting, config.ReverseTransformerLayersPerBlock, config.LayersPerBlock + 1);
        if (config.ReverseTransformerLayersPerBlock is null && config.TransformerLayersPerBlock?.Any(depths => depths.Count > 1) == true)
        {
            throw settings.Wrong(
                DepthSetting, $"has other numbers for each attention of a level, which takes '{ReverseDepthSetting}' for the way up");
        }

        var levels = Enumerable.Range(0, config.BlockOutChannels.Count);
        var transformers = levels.Sum(i => (config.DownTransformers(i)?.Sum() ?? 0) + (config.UpTransformers(i)?.Sum() ?? 0));
        if (transformers > MostTransformers)
        {
            throw settings.Wrong(
                DepthSetting, $"comes to {transformers} transformer blocks in all, and at most {MostTransformers} are built");
        }
    }

    private static void CheckCounts(ConfigReader settings, string name, IReadOnlyList<IReadOnlyList<int>>? levels, int attentions)
    {
        if (levels?.FirstOrDefault(depths => depths.Count > 1 && depths.Count != attentions) is { } other)
        {
            throw settings.Wrong(name, $"has {other.Count} numbers for a level that has {attentions} attentions");
        }
    }

    private static void RefuseOtherMaths(ConfigReader settings)
    {
        settings.Expect("act_fn", "silu");
        settings.Expect("center_input_sample", false);
        settings.Expect("downsample_padding", 1);
        settings.Expect("mid_block_scale_factor", 1);
        settings.ExpectThroughout("only_cross_attention", false);
        settings.Expect("dual_cross_attention", false);
        settings.Expect("resnet_time_scale_shift", "default");
        settings.Expect("resnet_skip_time_act", false);
        settings.Expect("resnet_out_scale_factor", 1);
        settings.Expect("time_embedding_type", "positional");
        settings.Expect("attention_type", "default");
        settings.Expect("class_embeddings_concat", false);
        settings.Ignore("dropout", "upcast_attention", "addition_embed_type_num_heads");
        settings.RefuseOthers();
    }
}

/// <summary>What a UNet has at its lowest resolution.</summary>
internal enum UNetMidBlock
{
    /// <summary>Nothing (<c>"mid_block_type": null</c>): BK-SDM Small and Tiny.</summary>
    None,

    /// <summary>One residual block (<c>UNetMidBlock2D</c>, as diffusers builds it here): SSD-1B and Segmind Vega.</summary>
    Residual,

    /// <summary>Attention to the text between two residual blocks (<c>UNetMidBlock2DCrossAttn</c>): Stable Diffusion.</summary>
    CrossAttention,
}

/// <summary>
/// How Stable Diffusion XL is told the pooled text and the picture's size (Podell et al., "SDXL: Improving Latent Diffusion Models for
/// High-Resolution Image Synthesis", 2023): the pooled embedding and the sinusoids of six numbers, joined, through two linear layers, are
/// added to the time embedding.
/// </summary>
/// <param name="TimeIdWidth">The width of each number's sinusoids (<c>addition_time_embed_dim</c>).</param>
/// <param name="Inputs">The width of all together (<c>projection_class_embeddings_input_dim</c>).</param>
internal sealed record TextTimeConfig(int TimeIdWidth, int Inputs);
