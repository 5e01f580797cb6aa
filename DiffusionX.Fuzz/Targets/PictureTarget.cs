using DiffusionX.Imaging;

namespace DiffusionX.Fuzz.Targets;

/// <summary>A picture: its header, its text, and where a server would allow its size, its pixels.</summary>
internal static class PictureTarget
{
    private const long MaxPixels = 1 << 20;

    public static void Read(byte[] input)
    {
        var header = PictureHeader.Read(input);
        Trying(() => PngText.Read(input, "A picture"));
        if (header is not { } size || (long)size.Width * size.Height <= MaxPixels)
        {
            Trying(() => Mask.Decode(input));
            Picture.Decode(input);
        }
    }

    private static void Trying(Action read)
    {
        try
        {
            read();
        }
        catch (DiffusionXException)
        {
        }
    }
}
