using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Imaging;

/// <summary>Pictures as tensors, and back.</summary>
internal static class PictureTensors
{
    /// <summary>The picture as a float32 tensor [1, 3, H, W] on the CPU.</summary>
    /// <exception cref="TorchUnavailableException">libtorch can't be loaded.</exception>
    public static Tensor ToTensor(this Picture picture, PixelRange range)
    {
        ArgumentNullException.ThrowIfNull(picture);
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var interleaved = empty([1, picture.Height, picture.Width, Picture.Channels], dtype: uint8);
        picture.Pixels.CopyTo(interleaved.bytes);
        var values = interleaved.permute(0, 3, 1, 2).contiguous().to(float32).div_(255f);
        return (range == PixelRange.MinusOneToOne ? values.mul_(2f).sub_(1f) : values).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The pictures of a batch. Values are clamped to 0 … 1 and rounded to 8 bits, half to even as NumPy's <c>round</c> does, so that
    /// <see cref="ToTensor"/> is undone without loss.
    /// </summary>
    /// <param name="images">[B, 3, H, W], black 0 and white 1, of any floating-point type on any device. NaN has no defined colour.</param>
    /// <exception cref="ArgumentException">The tensor has another shape.</exception>
    public static IReadOnlyList<Picture> ToPictures(this Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.dim() != 4 || images.size(1) != Picture.Channels)
        {
            throw new ArgumentException($"Pictures come from [B, 3, H, W], not from [{string.Join(", ", images.shape)}].", nameof(images));
        }

        using var scope = NewDisposeScope();
        var interleaved = images.detach().to(float32).clamp(0, 1).mul(255).round().to(uint8).permute(0, 2, 3, 1).cpu().contiguous();
        var (height, width) = ((int)images.size(2), (int)images.size(3));
        return [.. Enumerable.Range(0, (int)images.size(0)).Select(i => new Picture(width, height, interleaved[i].bytes))];
    }
}
