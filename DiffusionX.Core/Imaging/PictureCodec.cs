using SkiaSharp;

namespace DiffusionX.Imaging;

/// <summary>Pictures from encoded bytes and back, through SkiaSharp.</summary>
internal static class PictureCodec
{
    private const int SkiaChannels = 4;
    private const int MostJpegScans = 64;

    // Trying all filters and compressing at zlib's usual level takes three times as long for a tenth less: more than a session's protocol,
    // and than the tenth's way.
    private static readonly SKPngEncoderOptions QuickPng = new(SKPngEncoderFilterFlags.Paeth, zLibLevel: 3);

    /// <param name="encoded">A whole file of a format that is read.</param>
    /// <param name="name">What errors call it: a path, or "The picture".</param>
    /// <exception cref="PictureException">The bytes are empty, damaged or of another format, or the picture is too large.</exception>
    public static Picture Decode(ReadOnlySpan<byte> encoded, string name) => DecodeTransparent(encoded, name).OverWhite();

    /// <inheritdoc cref="Decode(ReadOnlySpan{byte}, string)"/>
    public static TransparentPicture DecodeTransparent(ReadOnlySpan<byte> encoded, string name)
    {
        if (PictureFormats.FromSignature(encoded) is not { } format)
        {
            throw new PictureException($"{name}: {PictureFormats.WhyUnreadable(encoded)}");
        }

        var header = PictureHeader.Read(encoded) ?? throw Damaged(name, format);
        if (header.Width > Picture.MaxSide || header.Height > Picture.MaxSide)
        {
            throw new PictureException($"{name}: {header} are too many; at most {Picture.MaxSide} on each side are read.");
        }

        return format switch
        {
            ReadableFormat.Png => DecodePng(encoded, name, header),
            ReadableFormat.Jpeg when JpegSegments.CountScans(encoded) > MostJpegScans => throw new PictureException(
                $"{name}: a JPEG file of more than {MostJpegScans} scans, which would take minutes to read. Save it anew."),
            _ => Decode(encoded, name, header, SKEncodedOrigin.TopLeft),
        };
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

    private static TransparentPicture DecodePng(ReadOnlySpan<byte> encoded, string name, PictureHeader header)
    {
        var pixels = PngChunk.KeepPixels(encoded, out var exif);
        return Decode(pixels, name, header, Exif.Orientation(exif));
    }

    private static TransparentPicture Decode(ReadOnlySpan<byte> encoded, string name, PictureHeader header, SKEncodedOrigin orientation)
    {
        using var data = SKData.CreateCopy(encoded);
        using var codec = SKCodec.Create(data) ?? throw Damaged(name, header.Format);
        var (width, height) = (codec.Info.Width, codec.Info.Height);

        // Who checked the header's size has to be able to rely on it.
        if ((width, height) != (header.Width, header.Height))
        {
            throw Damaged(name, header.Format);
        }

        using var colours = SKColorSpace.CreateSrgb();
        var pixels = GC.AllocateUninitializedArray<byte>(width * height * SkiaChannels);
        var result = codec.GetPixels(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul, colours), pixels);
        return result == SKCodecResult.Success
            ? new TransparentPicture(pixels, Orientation.Of(orientation == SKEncodedOrigin.TopLeft ? codec.EncodedOrigin : orientation, width, height))
            : throw Damaged(name, header.Format);
    }

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

    private static PictureException Damaged(string name, ReadableFormat format) =>
        new($"{name}: a damaged or incomplete {format} file. {PictureFormats.Readable}.");

    /// <summary>A decoded file, with its transparency.</summary>
    /// <param name="rgba">Red, green, blue and opacity of the pixels, as they lie in the file.</param>
    /// <param name="orientation">Where the upright picture's pixels lie there.</param>
    internal readonly ref struct TransparentPicture(ReadOnlySpan<byte> rgba, Orientation orientation)
    {
        private readonly ReadOnlySpan<byte> rgba = rgba;
        private readonly Orientation orientation = orientation;

        public int Width => orientation.Width;

        public int Height => orientation.Height;

        /// <summary>The upright picture's pixel at (x, y).</summary>
        public ReadOnlySpan<byte> this[int x, int y] => rgba.Slice(orientation.Source(x, y) * SkiaChannels, SkiaChannels);

        public Picture OverWhite()
        {
            var rgb = GC.AllocateUninitializedArray<byte>(Width * Height * Picture.Channels);
            var target = 0;
            for (var y = 0; y < Height; y++)
            {
                for (var x = 0; x < Width; x++)
                {
                    var pixel = this[x, y];
                    rgb[target++] = OverWhite(pixel[0], pixel[3]);
                    rgb[target++] = OverWhite(pixel[1], pixel[3]);
                    rgb[target++] = OverWhite(pixel[2], pixel[3]);
                }
            }

            return Picture.Over(Width, Height, rgb);
        }

        public bool HasTransparency()
        {
            for (var alpha = SkiaChannels - 1; alpha < rgba.Length; alpha += SkiaChannels)
            {
                if (rgba[alpha] < byte.MaxValue)
                {
                    return true;
                }
            }

            return false;
        }

        private static byte OverWhite(byte colour, byte alpha) => (byte)(((colour * alpha) + (255 * (255 - alpha)) + 127) / 255);
    }
}
