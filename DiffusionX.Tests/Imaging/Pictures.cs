using DiffusionX.Imaging;

namespace DiffusionX.Tests.Imaging;

/// <summary>Pictures to test with.</summary>
internal static class Pictures
{
    /// <summary>Every pixel of one colour.</summary>
    public static Picture Plain(int width, int height, byte red, byte green, byte blue) =>
        Make(width, height, (_, _) => (red, green, blue));

    /// <summary>Every pixel at random, the same for the same seed.</summary>
    public static Picture Noise(int width, int height, int seed = 1)
    {
        var pixels = new byte[width * height * 3];
        new Random(seed).NextBytes(pixels);
        return new Picture(width, height, pixels);
    }

    /// <summary>Smooth colours: red grows to the right, green downwards, blue along the diagonal.</summary>
    public static Picture Gradient(int width, int height) =>
        Make(width, height, (x, y) => ((byte)(x * 255 / width), (byte)(y * 255 / height), (byte)((x + y) * 255 / (width + height))));

    public static Picture Make(int width, int height, Func<int, int, (byte Red, byte Green, byte Blue)> colour)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
        {
            (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = colour(i % width, i / width);
        }

        return new Picture(width, height, pixels);
    }

    /// <summary>The colour of one pixel.</summary>
    public static (byte Red, byte Green, byte Blue) At(this Picture picture, int x, int y)
    {
        var pixel = picture.Pixels.Slice(((y * picture.Width) + x) * 3, 3);
        return (pixel[0], pixel[1], pixel[2]);
    }
}
