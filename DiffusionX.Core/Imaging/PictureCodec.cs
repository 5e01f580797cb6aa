using SkiaSharp;

namespace DiffusionX.Imaging;

/// <summary>Pictures from encoded bytes and back, through SkiaSharp.</summary>
internal static class PictureCodec
{
    private const int SkiaChannels = 4;

    // Trying all filters and compressing at zlib's usual level takes three times as long for a tenth less: more than a session's protocol, and than the tenth's way.
    private static readonly SKPngEncoderOptions QuickPng = new(SKPngEncoderFilterFlags.Paeth, zLibLevel: 3);

    /// <param name="encoded">A whole PNG, JPEG or WebP file.</param>
    /// <param name="name">What errors call it: a path, or "The picture".</param>
    /// <exception cref="PictureException">The bytes are empty, damaged or of another format, or the picture is too large.</exception>
    public static Picture Decode(ReadOnlySpan<byte> encoded, string name)
    {
        if (PictureFormats.FromSignature(encoded) is not { } format)
        {
            var what = encoded.IsEmpty ? "empty" : "not a picture in a known format";
            throw new PictureException($"{name}: {what}. {PictureFormats.Readable}.");
        }

        using var data = SKData.CreateCopy(encoded);
        using var codec = SKCodec.Create(data) ?? throw Damaged(name, format);
        return Decode(codec, name, format);
    }

    /// <summary>The size that an encoded picture claims, read from its first bytes; null where they are no picture.</summary>
    public static (int Width, int Height)? SizeOf(ReadOnlySpan<byte> encoded)
    {
        if (PictureFormats.FromSignature(encoded) is null)
        {
            return null;
        }

        using var data = SKData.CreateCopy(encoded);
        using var codec = SKCodec.Create(data);
        return codec is null ? null : (codec.Info.Width, codec.Info.Height);
    }

    /// <exception cref="PictureException">The format can't hold a picture of this size.</exception>
    public static byte[] Encode(Picture picture, PictureFormat format, int quality)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        CopyOpaque(picture.Pixels, bitmap.GetPixelSpan());
        using var pixmap = bitmap.PeekPixels();
        using var encoded = format switch
        {
            PictureFormat.Png => pixmap.Encode(QuickPng),
            PictureFormat.Jpeg => pixmap.Encode(new SKJpegEncoderOptions(quality)),
            PictureFormat.WebP => pixmap.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, quality)),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Not a picture format."),
        };
        return encoded?.ToArray() ?? throw new PictureException($"{format} can't hold a picture of {picture.Width} × {picture.Height}.");
    }

    private static Picture Decode(SKCodec codec, string name, PictureFormat format)
    {
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if (width > Picture.MaxSide || height > Picture.MaxSide)
        {
            throw new PictureException(
                $"{name}: {width} × {height} pixels are too many; at most {Picture.MaxSide} on each side are read.");
        }

        using var colours = SKColorSpace.CreateSrgb();
        var pixels = GC.AllocateUninitializedArray<byte>(width * height * SkiaChannels);
        var result = codec.GetPixels(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, colours), pixels);
        return result == SKCodecResult.Success
            ? UprightOverWhite(pixels, Orientation.Of(codec.EncodedOrigin, width, height))
            : throw Damaged(name, format);
    }

    private static Picture UprightOverWhite(ReadOnlySpan<byte> rgba, Orientation orientation)
    {
        var rgb = GC.AllocateUninitializedArray<byte>(orientation.Width * orientation.Height * Picture.Channels);
        var target = 0;
        for (var y = 0; y < orientation.Height; y++)
        {
            for (var x = 0; x < orientation.Width; x++)
            {
                var pixel = rgba.Slice(orientation.Source(x, y) * SkiaChannels, SkiaChannels);
                rgb[target++] = OverWhite(pixel[0], pixel[3]);
                rgb[target++] = OverWhite(pixel[1], pixel[3]);
                rgb[target++] = OverWhite(pixel[2], pixel[3]);
            }
        }

        return Picture.Over(orientation.Width, orientation.Height, rgb);
    }

    private static byte OverWhite(byte colour, byte alpha) => (byte)(((colour * alpha) + (255 * (255 - alpha)) + 127) / 255);

    private static void CopyOpaque(ReadOnlySpan<byte> rgb, Span<byte> rgba)
    {
        for (int source = 0, target = 0; source < rgb.Length; source += Picture.Channels, target += SkiaChannels)
        {
            rgba[target] = rgb[source];
            rgba[target + 1] = rgb[source + 1];
            rgba[target + 2] = rgb[source + 2];
            rgba[target + 3] = 255;
        }
    }

    private static PictureException Damaged(string name, PictureFormat format) =>
        new($"{name}: a damaged or incomplete {format} file. {PictureFormats.Readable}.");
}
