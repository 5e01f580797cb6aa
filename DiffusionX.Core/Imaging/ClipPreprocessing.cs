using static TorchSharp.torch;

namespace DiffusionX.Imaging;

/// <summary>
/// What CLIP's vision models are given of a picture: the square in its middle, in their size, with their mean and deviation taken out.
/// As in OpenAI CLIP and transformers' <c>CLIPImageProcessor</c>; where they differ, by a pixel for some odd margins, as in the latter.
/// </summary>
internal static class ClipPreprocessing
{
    /// <summary>The side of the square that CLIP ViT-L/14, B/16 and B/32 take, in pixels.</summary>
    public const int DefaultSize = 224;

    private static readonly float[] Mean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] Deviation = [0.26862954f, 0.26130258f, 0.27577711f];

    /// <summary>The model's <c>pixel_values</c>: float32 [1, 3, size, size].</summary>
    /// <param name="picture">Any size; its short side is resampled to <paramref name="size"/>.</param>
    /// <param name="size">The side of the model's square, in pixels.</param>
    /// <exception cref="Runtime.TorchUnavailableException">libtorch can't be loaded.</exception>
    public static Tensor ToPixelValues(Picture picture, int size = DefaultSize)
    {
        ArgumentNullException.ThrowIfNull(picture);
        using var scope = NewDisposeScope();
        var values = picture.ResizeShortSide(size).CenterCrop(size).ToTensor(PixelRange.ZeroToOne);
        return values.sub_(tensor(Mean, [1, 3, 1, 1])).div_(tensor(Deviation, [1, 3, 1, 1])).MoveToOuterDisposeScope();
    }
}
