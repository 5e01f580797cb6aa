using DiffusionX.Pipeline;

namespace DiffusionX.Hosting.Configuration;

/// <summary>A model: where it lies and how it is run.</summary>
public sealed class ModelOptions
{
    /// <summary>A folder in diffusers' layout, or a single file; a relative path starts at the host's content root.</summary>
    public string Path { get; set; } = "";

    /// <summary>The device, such as <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    public string Device { get; set; } = "cpu";

    /// <summary>The numbers that it computes with.</summary>
    public Precision Precision { get; set; }

    /// <summary>
    /// Whether the weights stay in half precision in memory, where they are computed in float32: half of it, for some more time a step.
    /// </summary>
    public bool HalfWeights { get; set; }

    /// <summary>Threads of the processor; null chooses by the model's size.</summary>
    public int? Threads { get; set; }

    /// <summary>The most pictures of its own size that it draws at once, from 1; null for as many as pay on the machine.</summary>
    public int? MaxBatch { get; set; }

    /// <summary>The variant of the weights, such as <c>fp16</c>; null for none.</summary>
    public string? Variant { get; set; }

    /// <summary>The folder of a TAESD that makes previews sharp; null for small and pale ones.</summary>
    public string? PreviewDecoder { get; set; }

    internal DiffusionModelOptions ToModelOptions() => new()
    {
        Device = Device,
        Precision = Precision,
        HalfPrecisionWeights = HalfWeights,
        Threads = Threads,
        MaxBatch = MaxBatch,
        Variant = Variant,
        PreviewDecoderFolder = PreviewDecoder,
    };
}
