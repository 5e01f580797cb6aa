using DiffusionX.Transport;

namespace DiffusionX.Pipeline.Conditioning;

/// <summary>
/// What Stable Diffusion XL is told of a picture's size and place, as it was told of its training pictures (Podell et al., "SDXL: Improving
/// Latent Diffusion Models for High-Resolution Image Synthesis", 2023): a small original size gives a blurred picture, a crop one that is
/// cut off.
/// </summary>
public sealed record SizeConditioning
{
    private const int Largest = 1 << 16;

    /// <summary>The height, in pixels, before anything was cut off or scaled; null for the height that is drawn.</summary>
    public int? OriginalHeight { get; init; }

    /// <summary>The width, in pixels, before anything was cut off or scaled; null for the width that is drawn.</summary>
    public int? OriginalWidth { get; init; }

    /// <summary>Pixels that were cut off at the top.</summary>
    public int CropTop { get; init; }

    /// <summary>Pixels that were cut off on the left.</summary>
    public int CropLeft { get; init; }

    /// <summary>The height, in pixels, that the picture is meant for; null for the height that is drawn.</summary>
    public int? TargetHeight { get; init; }

    /// <summary>The width, in pixels, that the picture is meant for; null for the width that is drawn.</summary>
    public int? TargetWidth { get; init; }

    /// <summary>The six numbers, in the order in which the UNet takes them.</summary>
    internal float[] TimeIds(int height, int width) =>
        [OriginalHeight ?? height, OriginalWidth ?? width, CropTop, CropLeft, TargetHeight ?? height, TargetWidth ?? width];

    internal void Validate(OptionChecker check)
    {
        check.Within(OriginalHeight ?? 1, 1, Largest, nameof(OriginalHeight));
        check.Within(OriginalWidth ?? 1, 1, Largest, nameof(OriginalWidth));
        check.Within(CropTop, 0, Largest, nameof(CropTop));
        check.Within(CropLeft, 0, Largest, nameof(CropLeft));
        check.Within(TargetHeight ?? 1, 1, Largest, nameof(TargetHeight));
        check.Within(TargetWidth ?? 1, 1, Largest, nameof(TargetWidth));
    }
}
