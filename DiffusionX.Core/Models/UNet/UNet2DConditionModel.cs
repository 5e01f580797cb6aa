using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.UNet;

/// <summary>
/// The denoiser of latent diffusion: given a noisy latent, its timestep and the text, it predicts the noise (or the velocity) in it
/// (Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models", 2022). The state dict has diffusers' names.
/// </summary>
internal sealed class UNet2DConditionModel : nn.Module
{
    private readonly SinusoidalEmbedding sinusoids;

    [ComponentName(Name = "conv_in")]
    private readonly Conv2d convIn;

    [ComponentName(Name = "time_embedding")]
    private readonly TimestepEmbedding timeEmbedding;

    [ComponentName(Name = "add_embedding")]
    private readonly TimestepEmbedding? addedEmbedding;

    [ComponentName(Name = "down_blocks")]
    private readonly ModuleList<DownBlock> downBlocks;

    [ComponentName(Name = "mid_block")]
    private readonly MidBlock? midBlock;

    [ComponentName(Name = "up_blocks")]
    private readonly ModuleList<UpBlock> upBlocks;

    [ComponentName(Name = "conv_norm_out")]
    private readonly GroupNorm normOut;

    [ComponentName(Name = "conv_out")]
    private readonly Conv2d convOut;

    /// <summary>Builds the model; its parameters are uninitialised and lie where <see cref="ParameterPlacement"/> says.</summary>
    public UNet2DConditionModel(UNet2DConditionConfig config)
        : base(nameof(UNet2DConditionModel))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        var channels = config.BlockOutChannels;
        var resnet = new ResnetConfig(config.NormGroups, config.NormEpsilon, config.TimeWidth);
        var transformer = new SpatialTransformerConfig(config.NormGroups, config.CrossAttentionDim, config.UseLinearProjection);
        var levels = channels.Count;

        UNetLevel Level(int i, IReadOnlyList<int>? transformers) => new(
            channels[i], config.AttentionHeads[i], transformers, resnet, transformer);

        sinusoids = new SinusoidalEmbedding(channels[0], config.CosinesFirst, config.FrequencyShift);
        convIn = new Conv2d(config.InChannels, channels[0], config.InKernel, padding: config.InKernel / 2);
        using (ParameterPlacement.Exact())
        {
            timeEmbedding = new TimestepEmbedding(channels[0], config.TimeWidth, config.GuidanceEmbeddingDim);
            addedEmbedding = config.TextTime is { } textTime ? new TimestepEmbedding(textTime.Inputs, config.TimeWidth) : null;
            convOut = new Conv2d(channels[0], config.OutChannels, config.OutKernel, padding: config.OutKernel / 2);
        }

        downBlocks = new ModuleList<DownBlock>([.. Enumerable.Range(0, levels).Select(i =>
            new DownBlock(
                Level(i, config.DownTransformers(i)), channels[Math.Max(i - 1, 0)], config.LayersPerBlock, shrinks: i < levels - 1))]);
        midBlock = config.MidBlock == UNetMidBlock.None ? null : new MidBlock(Level(levels - 1, config.MidTransformers()));
        var skips = SkipChannels(config);
        upBlocks = new ModuleList<UpBlock>([.. Enumerable.Range(0, levels).Reverse().Select((i, order) =>
            new UpBlock(
                Level(i, config.UpTransformers(order)),
                channels[Math.Min(i + 1, levels - 1)],
                skips.Pop(config.LayersPerBlock + 1),
                grows: i > 0))]);
        normOut = new GroupNorm(config.NormGroups, channels[0], config.NormEpsilon);
        RegisterComponents();
    }

    /// <summary>The model's shape.</summary>
    public UNet2DConditionConfig Config { get; }

    /// <summary>How many times the resolution is halved on the way down.</summary>
    public int Halvings => downBlocks.Count - 1;

    private IEnumerable<CrossAttention> TextAttentions =>
    [
        .. downBlocks.SelectMany(block => block.TextAttentions),
        .. midBlock?.TextAttentions ?? [],
        .. upBlocks.SelectMany(block => block.TextAttentions),
    ];

    /// <summary>What the model needs of a text; to be made once per prompt and disposed by the caller.</summary>
    /// <param name="embeddings">The text encoders' hidden states, [B, L, CrossAttentionDim].</param>
    /// <param name="conditions">
    /// What it is told besides, for the same batch; Stable Diffusion XL has to be told its pooled text and sizes.
    /// </param>
    /// <exception cref="ArgumentException">
    /// A condition is missing that the model was built for, or given that it was not built for.
    /// </exception>
    public TextContext Attend(Tensor embeddings, AddedConditions? conditions = null)
    {
        ArgumentNullException.ThrowIfNull(embeddings);
        conditions ??= new AddedConditions();
        CheckConditions(conditions);
        return new TextContext(TextAttentions, embeddings)
        {
            SinusoidAddition = EmbedGuidance(conditions.GuidanceScale, embeddings)?.DetachFromDisposeScope(),
            TimeAddition = EmbedTextAndSizes(conditions)?.DetachFromDisposeScope(),
        };
    }

    /// <summary>Predicts the noise in a latent.</summary>
    /// <param name="sample">The latent, [B, InChannels, h, w], of any size.</param>
    /// <param name="timesteps">One timestep per sample, [B], of any number type.</param>
    /// <param name="text">From <see cref="Attend"/>, for the same batch.</param>
    /// <returns>[B, OutChannels, h, w] in float32.</returns>
    public Tensor Forward(Tensor sample, Tensor timesteps, TextContext text)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(timesteps);
        ArgumentNullException.ThrowIfNull(text);
        return Forward(sample, timesteps, text, features: null, deep: null);
    }

    /// <summary>
    /// Predicts the noise in a latent, and takes what the deep levels make of it from an earlier step where <paramref name="deep"/> has it:
    /// they see the same picture, and change slowly (Ma et al., "DeepCache", 2023).
    /// </summary>
    /// <param name="sample">The latent, [B, InChannels, h, w], of any size.</param>
    /// <param name="timesteps">One timestep per sample, [B], of any number type.</param>
    /// <param name="text">From <see cref="Attend"/>, for the same batch.</param>
    /// <param name="deep">What runs keep from step to step; this call reads it, or writes it anew.</param>
    /// <returns>[B, OutChannels, h, w] in float32.</returns>
    internal Tensor Forward(Tensor sample, Tensor timesteps, TextContext text, IDeepFeatures deep) =>
        deep.CanServe(sample) ? ForwardFrom(deep, sample, timesteps, text) : Forward(sample, timesteps, text, features: null, deep);

    /// <summary>
    /// Predicts the noise in a latent, and keeps what each level made of it on the way: what a smaller model can learn from, besides the
    /// result.
    /// </summary>
    /// <param name="sample">The latent, [B, InChannels, h, w], of any size.</param>
    /// <param name="timesteps">One timestep per sample, [B], of any number type.</param>
    /// <param name="text">From <see cref="Attend"/>, for the same batch.</param>
    /// <returns>The prediction, [B, OutChannels, h, w], and the feature maps, for the caller to dispose.</returns>
    public (Tensor Prediction, UNetFeatures Features) ForwardWithFeatures(Tensor sample, Tensor timesteps, TextContext text)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(timesteps);
        ArgumentNullException.ThrowIfNull(text);
        var features = new UNetFeatures();
        return (Forward(sample, timesteps, text, features, deep: null), features);
    }

    private Tensor Forward(Tensor sample, Tensor timesteps, TextContext text, UNetFeatures? features, IDeepFeatures? deep)
    {
        using var scope = NewDisposeScope();
        var time = Embed(timesteps, text, sample.dtype);
        var hidden = FeatureMap.ChannelsLast(sample).Into(convIn);
        var skips = new Stack<Tensor>([hidden]);
        foreach (var block in downBlocks)
        {
            hidden = block.Forward(hidden, time, text, skips);
            features?.AddDown(hidden);
        }

        // The lowest map is also the last skip, so it must not be disposed before the way up takes it.
        hidden = midBlock?.Forward(hidden, time, text) ?? hidden.alias();
        for (var level = upBlocks.Count - 1; level >= 0; level--)
        {
            deep?.KeepIfDeepest(hidden, level, sample);
            hidden = UpBlockOf(level).Forward(hidden, time, text, skips);
            features?.AddUp(hidden);
        }

        return ToPrediction(hidden).MoveToOuterDisposeScope();
    }

    // The shallow levels alone, around what the deep ones made of an earlier step.
    private Tensor ForwardFrom(IDeepFeatures deep, Tensor sample, Tensor timesteps, TextContext text)
    {
        using var scope = NewDisposeScope();
        var time = Embed(timesteps, text, sample.dtype);
        var hidden = FeatureMap.ChannelsLast(sample).Into(convIn);
        var skips = new Stack<Tensor>([hidden]);
        for (var level = 0; level < deep.ShallowLevels - 1; level++)
        {
            hidden = downBlocks[level].Forward(hidden, time, text, skips);
        }

        downBlocks[deep.ShallowLevels - 1].AtOwnSize(hidden, time, text, skips);
        hidden = deep.Serve();
        for (var level = deep.ShallowLevels - 1; level >= 0; level--)
        {
            hidden = UpBlockOf(level).Forward(hidden, time, text, skips);
        }

        return ToPrediction(hidden).MoveToOuterDisposeScope();
    }

    private UpBlock UpBlockOf(int level) => upBlocks[upBlocks.Count - 1 - level];

    private Tensor ToPrediction(Tensor hidden) =>
        hidden.Into(map => normOut.Activated(map)).Into(map => map.to(ScalarType.Float32)).Into(convOut);

    private Tensor Embed(Tensor timesteps, TextContext text, ScalarType dtype)
    {
        var embedding = Add(sinusoids.Of(timesteps), text.SinusoidAddition).Into(timeEmbedding);
        return Activation.Silu.ApplyInPlace(Add(embedding, text.TimeAddition)).Into(time => time.to(dtype));
    }

    private static Tensor Add(Tensor sum, Tensor? addend) => addend is null ? sum : sum.Plus(addend);

    private void CheckConditions(AddedConditions conditions)
    {
        var isTold = conditions.TextEmbeddings is not null && conditions.TimeIds is not null;
        var isToldAny = conditions.TextEmbeddings is not null || conditions.TimeIds is not null;
        if (addedEmbedding is not null ? !isTold : isToldAny)
        {
            throw new ArgumentException(
                addedEmbedding is null
                    ? "This UNet takes no pooled text and no sizes."
                    : "This UNet takes a pooled text and sizes besides the text's hidden states.",
                nameof(conditions));
        }

        if (conditions.GuidanceScale is not null && Config.GuidanceEmbeddingDim is null)
        {
            throw new ArgumentException("This UNet takes no guidance scale.", nameof(conditions));
        }
    }

    // The numbers are of diffusers' get_guidance_scale_embedding: a thousand times the scale less 1, sines first.
    private Tensor? EmbedGuidance(double? scale, Tensor embeddings)
    {
        if (scale is not { } guidance || Config.GuidanceEmbeddingDim is not { } width)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var numbers = full([embeddings.size(0)], (guidance - 1) * 1000, ScalarType.Float32, embeddings.device);
        var waves = new SinusoidalEmbedding(width, CosinesFirst: false, FrequencyShift: 1).Of(numbers);
        return timeEmbedding.Project(waves).MoveToOuterDisposeScope();
    }

    private Tensor? EmbedTextAndSizes(AddedConditions conditions)
    {
        if (addedEmbedding is null || conditions is not { TextEmbeddings: { } pooled, TimeIds: { } timeIds })
        {
            return null;
        }

        using var scope = NewDisposeScope();
        var waves = (sinusoids with { Width = Config.TextTime!.TimeIdWidth }).Of(timeIds.flatten()).view(timeIds.size(0), -1);
        return addedEmbedding.forward(cat([pooled.to(ScalarType.Float32), waves], 1)).MoveToOuterDisposeScope();
    }

    private static SkipStack SkipChannels(UNet2DConditionConfig config)
    {
        var channels = config.BlockOutChannels;
        var skips = new List<long> { channels[0] };
        for (var level = 0; level < channels.Count; level++)
        {
            var shrinks = level < channels.Count - 1;
            skips.AddRange(Enumerable.Repeat((long)channels[level], config.LayersPerBlock + (shrinks ? 1 : 0)));
        }

        return new SkipStack(skips);
    }

    /// <summary>The channels of the maps that the way down leaves for the way up.</summary>
    private sealed class SkipStack(IEnumerable<long> channels)
    {
        private readonly Stack<long> stack = new(channels);

        public IReadOnlyList<long> Pop(int count) => [.. Enumerable.Range(0, count).Select(_ => stack.Pop())];
    }
}
