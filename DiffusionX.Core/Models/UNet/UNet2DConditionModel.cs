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
    [ComponentName(Name = "conv_in")]
    private readonly Conv2d convIn;

    [ComponentName(Name = "time_embedding")]
    private readonly TimestepEmbedding timeEmbedding;

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
        var timeWidth = channels[0] * 4;
        var resnet = new ResnetConfig(config.NormGroups, config.NormEpsilon, timeWidth);
        var transformer = new SpatialTransformerConfig(
            config.NormGroups, config.CrossAttentionDim, config.TransformerLayersPerBlock, config.UseLinearProjection);
        var levels = channels.Count;

        UNetLevel Level(int i, bool attends) => new(channels[i], config.LayersPerBlock, config.AttentionHeads[i], attends, resnet, transformer);

        convIn = Conv2d.Same3x3(config.InChannels, channels[0]);
        timeEmbedding = new TimestepEmbedding(channels[0], timeWidth, config.CosinesFirst, config.FrequencyShift);
        downBlocks = new ModuleList<DownBlock>([.. Enumerable.Range(0, levels).Select(i =>
            new DownBlock(Level(i, config.DownAttends[i]), channels[Math.Max(i - 1, 0)], shrinks: i < levels - 1))]);
        midBlock = config.HasMidBlock ? new MidBlock(Level(levels - 1, attends: true)) : null;
        var skips = SkipChannels(config);
        upBlocks = new ModuleList<UpBlock>([.. Enumerable.Range(0, levels).Reverse().Select((i, order) =>
            new UpBlock(Level(i, config.UpAttends[order]), channels[Math.Min(i + 1, levels - 1)], skips.Pop(config.LayersPerBlock + 1), grows: i > 0))]);
        normOut = new GroupNorm(config.NormGroups, channels[0], config.NormEpsilon);
        convOut = Conv2d.Same3x3(channels[0], config.OutChannels);
        RegisterComponents();
    }

    /// <summary>The model's shape.</summary>
    public UNet2DConditionConfig Config { get; }

    /// <summary>How many times the resolution is halved on the way down.</summary>
    public int Halvings => downBlocks.Count - 1;

    private IEnumerable<CrossAttention> TextAttentions =>
        [.. downBlocks.SelectMany(block => block.TextAttentions), .. midBlock?.TextAttentions ?? [], .. upBlocks.SelectMany(block => block.TextAttentions)];

    /// <summary>What the model's attention layers need of a text; to be made once per prompt and disposed by the caller.</summary>
    /// <param name="embeddings">The text encoder's last hidden state, [B, L, CrossAttentionDim].</param>
    public TextContext Attend(Tensor embeddings) => new(TextAttentions, embeddings);

    /// <summary>Predicts the noise in a latent.</summary>
    /// <param name="sample">The latent, [B, InChannels, h, w], of any size.</param>
    /// <param name="timesteps">One timestep per sample, [B], of any number type.</param>
    /// <param name="text">From <see cref="Attend"/>, for the same batch.</param>
    /// <returns>[B, OutChannels, h, w].</returns>
    public Tensor Forward(Tensor sample, Tensor timesteps, TextContext text)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(timesteps);
        ArgumentNullException.ThrowIfNull(text);
        return Forward(sample, timesteps, text, features: null, deep: null);
    }

    /// <summary>
    /// Predicts the noise in a latent, and takes what the deep levels make of it from an earlier step where <paramref name="deep"/> has it: they see the same
    /// picture, and change slowly (Ma et al., "DeepCache", 2023).
    /// </summary>
    /// <param name="sample">The latent, [B, InChannels, h, w], of any size.</param>
    /// <param name="timesteps">One timestep per sample, [B], of any number type.</param>
    /// <param name="text">From <see cref="Attend"/>, for the same batch.</param>
    /// <param name="deep">What one run keeps from step to step; this one reads it, or writes it anew.</param>
    /// <returns>[B, OutChannels, h, w].</returns>
    internal Tensor Forward(Tensor sample, Tensor timesteps, TextContext text, DeepCacheFeatures deep) =>
        deep.CanServe(sample) ? ForwardFrom(deep, sample, timesteps, text) : Forward(sample, timesteps, text, features: null, deep);

    /// <summary>Predicts the noise in a latent, and keeps what each level made of it on the way: what a smaller model can learn from, besides the result.</summary>
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

    private Tensor Forward(Tensor sample, Tensor timesteps, TextContext text, UNetFeatures? features, DeepCacheFeatures? deep)
    {
        using var scope = NewDisposeScope();
        var time = Embed(timesteps, sample.dtype);
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
    private Tensor ForwardFrom(DeepCacheFeatures deep, Tensor sample, Tensor timesteps, TextContext text)
    {
        using var scope = NewDisposeScope();
        var time = Embed(timesteps, sample.dtype);
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

    private Tensor ToPrediction(Tensor hidden) => hidden.Into(map => normOut.Activated(map)).Into(convOut);

    private Tensor Embed(Tensor timesteps, ScalarType dtype) => Activation.Silu.ApplyInPlace(
        timeEmbedding.Sinusoids(timesteps).Into(sinusoids => sinusoids.to(dtype)).Into(timeEmbedding));

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
