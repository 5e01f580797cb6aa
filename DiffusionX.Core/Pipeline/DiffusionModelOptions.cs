using DiffusionX.Checkpoints;
using DiffusionX.Checkpoints.SingleFile;

namespace DiffusionX.Pipeline;

/// <summary>Where and how a <see cref="DiffusionModel"/> is loaded.</summary>
public sealed record DiffusionModelOptions
{
    /// <summary>The device: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c> …</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>The type of the numbers that it computes with.</summary>
    public Precision Precision { get; init; }

    /// <summary>
    /// Whether the matrices and kernels of all parts lie in memory in half precision, each widened when it is computed with: half the memory,
    /// and the same pictures where the files are in half precision themselves, for some more time a step. It says nothing of what is
    /// computed in, which is <see cref="Precision"/>. Other memory is spared too: <see cref="VaeMemory"/> is 0 unless it is set.
    /// </summary>
    public bool HalfPrecisionWeights { get; init; }

    /// <summary>
    /// How many of the processor's threads share each operation, at least 1; null for as many as the model has work for: a small one is
    /// slower on many.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>
    /// The most pictures of the model's own size that are computed at once, at least 1, which draws one run after another; a larger picture
    /// counts as so many as it has of their pixels. Null for as many as pay on the machine and fit into its memory: measured in a few
    /// seconds when first two runs are asked for at once, and kept in the user's cache folder.
    /// </summary>
    public int? MaxBatch { get; init; }

    /// <summary>
    /// How many bytes the VAE may take for a picture, besides its weights, without sparing memory; null for a quarter of what the machine, or
    /// the container, has. A picture that takes more is computed in strips, and some of it more than once: the same picture but for its
    /// rounding, in less than half of the memory, for about half as much time more.
    /// </summary>
    public long? VaeMemory { get; init; }

    /// <summary>The variant of the weights, such as <c>fp16</c>; null takes the plain files, or the only variant that is there.</summary>
    public string? Variant { get; init; }

    /// <summary>
    /// The tokenizer's folder; null takes the model's own. Both text encoders of Stable Diffusion XL share it, each with its own padding.
    /// </summary>
    public string? TokenizerFolder { get; init; }

    /// <summary>What a single file does not say, or lacks; a model in a folder takes none of it.</summary>
    public SingleFileOptions SingleFile { get; init; } = new();

    /// <summary>
    /// LoRAs to merge into the model's weights. <see cref="DiffusionModel.SetLorasAsync"/> takes them out again, or others in.
    /// </summary>
    public IReadOnlyList<LoraSelection> Loras { get; init; } = [];

    /// <summary>
    /// Concepts that prompts may name, each with vectors for the model's text encoder, or for both of Stable Diffusion XL's.
    /// </summary>
    public IReadOnlyList<TextualInversion> TextualInversions { get; init; } = [];

    /// <summary>A folder with TAESD (AutoencoderTiny) for previews; null previews with a linear map of the latents.</summary>
    public string? PreviewDecoderFolder { get; init; }

    /// <summary>
    /// How many prompts' embeddings are kept, at least 2. Each takes about 236 kB with Stable Diffusion 1.5, and 630 kB with XL.
    /// </summary>
    public int PromptCacheSize { get; init; } = 64;
}
