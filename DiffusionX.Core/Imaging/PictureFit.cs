using System.Globalization;

namespace DiffusionX.Imaging;

/// <summary>The size in which a model draws from a picture: one of its own sizes, whatever the picture has.</summary>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels.</param>
public readonly record struct PictureFit(int Width, int Height)
{
    // Models keep their composition up to about this many times the pixels that they were trained at; beyond, things appear twice.
    private const double MostOfNative = 2;

    /// <summary>
    /// The size for a picture of <paramref name="width"/> × <paramref name="height"/>. One of up to twice the model's own number of pixels
    /// keeps its size, a larger one is brought to about that number; the proportions stay, and sides become the nearest multiples of
    /// <paramref name="multiple"/>.
    /// </summary>
    /// <param name="width">The picture's, at least 1.</param>
    /// <param name="height">The picture's, at least 1.</param>
    /// <param name="nativeWidth">That of the pictures that the model was trained with.</param>
    /// <param name="nativeHeight">That of the pictures that the model was trained with.</param>
    /// <param name="multiple">What sides have to be multiples of: how many pixels a latent position is wide.</param>
    public static PictureFit Of(int width, int height, int nativeWidth, int nativeHeight, int multiple = 8)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(nativeWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(nativeHeight);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(multiple);
        var ofNative = (double)width * height / ((double)nativeWidth * nativeHeight);
        var scale = ofNative > MostOfNative ? Math.Sqrt(1 / ofNative) : 1;
        return new(Nearest(width * scale, multiple), Nearest(height * scale, multiple));
    }

    /// <summary>What is done to a picture of that size, in a sentence; null where nothing is.</summary>
    public string? Describe(int width, int height) => (width, height) == (Width, Height)
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{width} × {height} pixels are scaled to {Width} × {Height}, a size that the model draws.");

    private static int Nearest(double side, int multiple) => Math.Max(1, (int)Math.Round(side / multiple, MidpointRounding.AwayFromZero)) * multiple;
}
