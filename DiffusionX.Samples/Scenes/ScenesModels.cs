using DiffusionX.Models.Bert;
using DiffusionX.Models.Clip;
using DiffusionX.Models.UNet;
using DiffusionX.Models.Vae;
using DiffusionX.Schedulers;

namespace DiffusionX.Scenes;

/// <summary>The shapes of the models that draw scenes: Stable Diffusion's architectures, narrow.</summary>
internal static class ScenesModels
{
    /// <summary>Height and width of the pictures, in pixels.</summary>
    public const int PictureSize = 128;

    /// <summary>The longest prompt, in tokens, with its start and end.</summary>
    public const int PromptLength = 48;

    /// <summary>The width of the space that texts and pictures share.</summary>
    public const int SharedWidth = 128;

    /// <summary>Steps of a run, where nobody says otherwise.</summary>
    public const int Steps = 20;

    /// <summary>The guidance scale of a run, where nobody says otherwise.</summary>
    public const double GuidanceScale = 3;

    private const int LatentSize = PictureSize / 8;
    // Few groups of many channels: an even picture leaves a normalisation only what its channels differ by, and of two channels that is a
    // sign.
    private const int AutoencoderNormGroups = 2;
    private const int NormGroups = 4;
    private const int TextWidth = 128;
    private const int VisionWidth = 192;

    /// <summary>The VAE of both sides: 128 × 128 pixels to 4 × 16 × 16.</summary>
    public static AutoencoderKLConfig Autoencoder { get; } = new() { BlockOutChannels = [16, 24, 48, 64], LayersPerBlock = 1, NormGroups = AutoencoderNormGroups };

    /// <summary>The text encoder of both UNets, and CLIP's.</summary>
    /// <param name="vocabularySize">Entries of its vocabulary; the last is the end of text.</param>
    public static ClipTextConfig TextEncoder(int vocabularySize) => new()
    {
        HiddenSize = TextWidth,
        IntermediateSize = 4 * TextWidth,
        Layers = 4,
        Heads = 4,
        VocabularySize = vocabularySize,
        MaxPositions = PromptLength,
        EndToken = vocabularySize - 1,
        ProjectionDim = SharedWidth,
    };

    /// <summary>The BERT of the cloud's strength predictor.</summary>
    /// <param name="vocabularySize">Entries of its vocabulary.</param>
    public static BertConfig PromptReader(int vocabularySize) => new()
    {
        VocabularySize = vocabularySize,
        HiddenSize = TextWidth,
        Layers = 2,
        Heads = 4,
        IntermediateSize = 4 * TextWidth,
        MaxPositions = PromptLength,
    };

    /// <summary>CLIP's image encoder.</summary>
    public static ClipVisionConfig ImageEncoder { get; } = new()
    {
        HiddenSize = VisionWidth,
        IntermediateSize = 4 * VisionWidth,
        Layers = 4,
        Heads = 6,
        ImageSize = 128,
        PatchSize = 16,
        ProjectionDim = SharedWidth,
    };

    /// <summary>
    /// The cloud's UNet: Stable Diffusion 1.5's topology, with few heads, since a CPU takes three times as long for four narrow ones as for
    /// a wide one.
    /// </summary>
    public static UNet2DConditionConfig CloudUNet { get; } = new()
    {
        SampleSize = LatentSize,
        BlockOutChannels = [32, 64, 96, 96],
        AttentionHeads = [1, 2, 2, 2],
        DownAttends = [true, true, true, false],
        UpAttends = [false, true, true, true],
        LayersPerBlock = 2,
        CrossAttentionDim = TextWidth,
        NormGroups = NormGroups,
    };

    /// <summary>The edge's UNet: BK-SDM-Tiny's topology.</summary>
    public static UNet2DConditionConfig EdgeUNet { get; } = new()
    {
        SampleSize = LatentSize,
        BlockOutChannels = [16, 40, 64],
        AttentionHeads = [1, 2, 2],
        DownAttends = [true, true, true],
        UpAttends = [true, true, true],
        MidBlock = UNetMidBlock.None,
        LayersPerBlock = 1,
        CrossAttentionDim = TextWidth,
        NormGroups = NormGroups,
    };

    /// <summary>The few-step edge's UNet: the edge's, told the scale of the guidance that is built into it.</summary>
    public static UNet2DConditionConfig EdgeFewUNet { get; } = EdgeUNet with { GuidanceEmbeddingDim = 32 };

    /// <summary>Steps of the few-step edge, where nobody says otherwise.</summary>
    public const int FewSteps = 6;

    /// <summary>
    /// The decoder of previews: TAESD's shape, narrow, with most of its blocks where a map is small, and none at the picture's own size,
    /// where one takes a third of the time.
    /// </summary>
    public static AutoencoderTinyConfig TinyAutoencoder { get; } = new() { Channels = 16, EncoderBlocks = [1, 1, 1, 1], DecoderBlocks = [3, 2, 1, 0] };

    /// <summary>
    /// The noise that the UNets learn to take away: Stable Diffusion's, predicted as velocity, which small models learn sooner.
    /// </summary>
    public static SchedulerConfig Scheduler { get; } = new()
    {
        Kind = SchedulerKind.Ddim,
        PredictionType = PredictionType.VPrediction,
        Spacing = TimestepSpacing.Trailing,
    };

    /// <summary>The same noise in twenty points, of which the few-step edge takes a few.</summary>
    public static SchedulerConfig FewStepScheduler { get; } = Scheduler with { Kind = SchedulerKind.Lcm, OriginalInferenceSteps = 20, SetAlphaToOne = true };
}
