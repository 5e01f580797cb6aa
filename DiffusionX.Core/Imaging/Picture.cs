namespace DiffusionX.Imaging;

/// <summary>
/// A picture in memory: 8-bit sRGB, without transparency. It never changes; every operation gives a new one, so threads can share it.
/// </summary>
public sealed class Picture
{
    /// <summary>
    /// The largest width or height that is read from a file, in pixels. Larger ones are refused before anything is allocated for them.
    /// </summary>
    public const int MaxSide = 8192;

    internal const int Channels = 3;

    private readonly byte[] pixels;

    /// <summary>Makes a picture from a copy of <paramref name="pixels"/>.</summary>
    /// <param name="width">In pixels, at least 1.</param>
    /// <param name="height">In pixels, at least 1.</param>
    /// <param name="pixels">Red, green, blue for each pixel, row by row from the top left: width × height × 3 bytes.</param>
    /// <exception cref="ArgumentException">The size is not positive, or the number of bytes does not match it.</exception>
    public Picture(int width, int height, ReadOnlySpan<byte> pixels)
        : this(width, height, pixels.ToArray(), pixels.Length)
    {
    }

    private Picture(int width, int height, byte[] pixels, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (length != (long)width * height * Channels)
        {
            throw new ArgumentException(
                $"{length} bytes do not make a picture of {width} × {height} pixels of {Channels} bytes.", nameof(pixels));
        }

        Width = width;
        Height = height;
        this.pixels = pixels;
    }

    /// <summary>The width in pixels.</summary>
    public int Width { get; }

    /// <summary>The height in pixels.</summary>
    public int Height { get; }

    /// <summary>Red, green, blue for each pixel, row by row from the top left: width × height × 3 bytes.</summary>
    public ReadOnlySpan<byte> Pixels => pixels;

    /// <summary>
    /// Reads a PNG, JPEG, WebP or BMP file, or the first frame of a GIF, upright as its EXIF orientation says, over white where it is
    /// transparent.
    /// </summary>
    /// <exception cref="PictureException">
    /// The file can't be read, is damaged or of another format, or has a side above <see cref="MaxSide"/>; the message names it.
    /// </exception>
    public static Picture Load(string path) => PictureCodec.Decode(PictureFile.Read(path), path);

    /// <summary>Decodes a file in memory, as <see cref="Load"/> does.</summary>
    /// <exception cref="PictureException">
    /// The bytes are empty, damaged or of another format, or a side is above <see cref="MaxSide"/>.
    /// </exception>
    public static Picture Decode(ReadOnlySpan<byte> encoded) => PictureCodec.Decode(encoded, "The picture");

    /// <summary>
    /// Reads the text of a PNG file: the uncompressed <c>tEXt</c> and <c>iTXt</c> chunks, by keyword; of a repeated one, the last.
    /// </summary>
    /// <exception cref="PictureException">The file can't be read, is no PNG, or is damaged.</exception>
    public static IReadOnlyDictionary<string, string> ReadText(string path) => PngText.Read(PictureFile.Read(path), path);

    /// <summary>Encodes the picture. The same pixels give the same bytes.</summary>
    /// <param name="format">The file format.</param>
    /// <param name="quality">0 (smallest) to 100 (best) for JPEG and WebP; PNG is lossless and takes no notice of it.</param>
    /// <exception cref="PictureException">The format can't hold a picture of this size.</exception>
    public byte[] Encode(PictureFormat format, int quality = 90)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quality);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        return PictureCodec.Encode(this, format, quality);
    }

    /// <summary>
    /// Writes the picture to a file, in the format that its extension names. The file appears complete or not at all; one that was there is
    /// replaced. The same pixels and text give the same bytes.
    /// </summary>
    /// <param name="path">Ends in <c>.png</c>, <c>.jpg</c>, <c>.jpeg</c> or <c>.webp</c>.</param>
    /// <param name="text">
    /// Text for a PNG file to carry, such as the settings that made the picture. The keys are PNG keywords: 1 to 79 printable Latin-1
    /// characters, single spaces inside. The values are any text without NUL. The other formats leave it out.
    /// </param>
    /// <exception cref="ArgumentException">A key is no PNG keyword, or a value contains NUL.</exception>
    /// <exception cref="PictureException">The extension is unknown, or the file can't be written; the message names it.</exception>
    public void Save(string path, IReadOnlyDictionary<string, string>? text = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var format = PictureFormats.FromExtension(path);
        var encoded = Encode(format);
        PictureFile.Write(path, format == PictureFormat.Png && text is not null ? PngText.Insert(encoded, text) : encoded);
    }

    /// <summary>
    /// Finds out before there is a picture whether <see cref="Save"/> could write it: the extension, the name and its folder.
    /// </summary>
    /// <exception cref="PictureException">It could not; the message says why.</exception>
    public static void CheckSavePath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _ = PictureFormats.FromExtension(path);
        PictureFile.CheckWritable(path);
    }

    /// <summary>The picture in another size, by antialiased bicubic resampling; its proportions are the caller's affair.</summary>
    /// <param name="width">In pixels, at least 1.</param>
    /// <param name="height">In pixels, at least 1.</param>
    public Picture Resize(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        return BicubicResampler.Resize(this, width, height);
    }

    /// <summary>The picture with a shorter side of <paramref name="size"/> pixels and the longer one in proportion, rounded down.</summary>
    public Picture ResizeShortSide(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        var shortSide = Math.Min(Width, Height);
        return Resize(checked((int)((long)size * Width / shortSide)), checked((int)((long)size * Height / shortSide)));
    }

    /// <summary>
    /// The square of <paramref name="size"/> × <paramref name="size"/> pixels in the middle; half a pixel is decided towards the top left.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The size is not positive, or the picture is smaller.</exception>
    public Picture CenterCrop(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Math.Min(Width, Height));
        var left = (Width - size) / 2;
        var top = (Height - size) / 2;
        var square = new byte[size * size * Channels];
        for (var y = 0; y < size; y++)
        {
            Row(top + y).Slice(left * Channels, size * Channels).CopyTo(square.AsSpan(y * size * Channels));
        }

        return Over(size, size, square);
    }

    /// <summary>
    /// The picture on a larger canvas, as outpainting starts with: the colours at its edges go on to the new ones.
    /// </summary>
    /// <param name="left">Pixels that are added at the left, at least 0.</param>
    /// <param name="top">Pixels above.</param>
    /// <param name="right">Pixels at the right.</param>
    /// <param name="bottom">Pixels below.</param>
    /// <exception cref="ArgumentException">A number is negative, or a side becomes longer than <see cref="MaxSide"/>.</exception>
    public Picture Extend(int left, int top, int right, int bottom)
    {
        var (width, height) = Canvas.Extend(Width, Height, left, top, right, bottom);
        var extended = new byte[width * height * Channels];
        for (var y = 0; y < height; y++)
        {
            var source = Row(Math.Clamp(y - top, 0, Height - 1));
            var target = extended.AsSpan(y * width * Channels, width * Channels);
            source.CopyTo(target[(left * Channels)..]);
            Repeat(source[..Channels], target[..(left * Channels)]);
            Repeat(source[^Channels..], target[((left + Width) * Channels)..]);
        }

        return Over(width, height, extended);
    }

    /// <summary>Makes a picture that keeps <paramref name="pixels"/> without copying them: nobody may write to them afterwards.</summary>
    internal static Picture Over(int width, int height, byte[] pixels) => new(width, height, pixels, pixels.Length);

    /// <summary>One row of pixels, counted from the top.</summary>
    internal ReadOnlySpan<byte> Row(int y) => pixels.AsSpan(y * Width * Channels, Width * Channels);

    private static void Repeat(ReadOnlySpan<byte> pixel, Span<byte> row)
    {
        for (var x = 0; x < row.Length; x += Channels)
        {
            pixel.CopyTo(row[x..]);
        }
    }
}
