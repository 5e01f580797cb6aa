using SkiaSharp;

namespace DiffusionX.Imaging;

/// <summary>
/// Where the pixels of an upright picture lie in the file, which may hold it turned or mirrored: EXIF 2.3, tag 274 "Orientation".
/// </summary>
/// <param name="Width">The upright picture's width.</param>
/// <param name="Height">The upright picture's height.</param>
/// <param name="First">The index in the file of the upright picture's top left pixel.</param>
/// <param name="StepX">How far in the file it is to the next pixel on the right.</param>
/// <param name="StepY">How far in the file it is to the next pixel below.</param>
internal readonly record struct Orientation(int Width, int Height, int First, int StepX, int StepY)
{
    /// <summary>The orientation of a file of <paramref name="width"/> × <paramref name="height"/> pixels, as they are stored.</summary>
    public static Orientation Of(SKEncodedOrigin origin, int width, int height)
    {
        var topRight = width - 1;
        var bottomLeft = (height - 1) * width;
        var bottomRight = bottomLeft + topRight;
        return origin switch
        {
            SKEncodedOrigin.TopRight => new(width, height, topRight, -1, width),
            SKEncodedOrigin.BottomRight => new(width, height, bottomRight, -1, -width),
            SKEncodedOrigin.BottomLeft => new(width, height, bottomLeft, 1, -width),
            SKEncodedOrigin.LeftTop => new(height, width, 0, width, 1),
            SKEncodedOrigin.RightTop => new(height, width, bottomLeft, -width, 1),
            SKEncodedOrigin.RightBottom => new(height, width, bottomRight, -width, -1),
            SKEncodedOrigin.LeftBottom => new(height, width, topRight, width, -1),
            _ => new(width, height, 0, 1, width),
        };
    }

    /// <summary>The index in the file of the upright picture's pixel at (x, y).</summary>
    public int Source(int x, int y) => First + (x * StepX) + (y * StepY);
}
