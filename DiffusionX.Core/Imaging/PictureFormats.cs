namespace DiffusionX.Imaging;

/// <summary>How a format is recognised: by the first bytes of a file that exists, by the extension of one that is to be written.</summary>
internal static class PictureFormats
{
    public const string Readable = "DiffusionX reads PNG, JPEG and WebP, and BMP and the first frame of GIF";

    /// <summary>The format whose signature opens <paramref name="encoded"/>, or null.</summary>
    public static ReadableFormat? FromSignature(ReadOnlySpan<byte> encoded) => encoded switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => ReadableFormat.Png,
        [0xFF, 0xD8, 0xFF, ..] => ReadableFormat.Jpeg,
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => ReadableFormat.WebP,
        [(byte)'B', (byte)'M', _, _, _, _, _, _, _, _, ..] => ReadableFormat.Bmp,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => ReadableFormat.Gif,
        _ => null,
    };

    /// <summary>The format of a file that is no picture to be read, and what to do about it, for an error.</summary>
    public static string WhyUnreadable(ReadOnlySpan<byte> encoded) => encoded switch
    {
        [] => $"empty. {Readable}.",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'a', (byte)'v', (byte)'i', _, ..] => Known("an AVIF file"),
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'h' or (byte)'m', ..] when IsHeic(encoded) => Known("a HEIC file, as telephones take photos"),
        [(byte)'I', (byte)'I', 42, 0, ..] or [(byte)'M', (byte)'M', 0, 42, ..] => Known("a TIFF file, or a camera's raw picture"),
        [0xFF, 0x0A, ..] or [0, 0, 0, 12, (byte)'J', (byte)'X', (byte)'L', ..] => Known("a JPEG XL file"),
        _ => $"not a picture in a known format. {Readable}.",
    };

    /// <summary>The format that a file's extension asks for, in any case.</summary>
    /// <exception cref="PictureException">No format has that extension.</exception>
    public static PictureFormat FromExtension(string path)
    {
        var extension = Path.GetExtension(path);
        return extension.ToUpperInvariant() switch
        {
            ".PNG" => PictureFormat.Png,
            ".JPG" or ".JPEG" => PictureFormat.Jpeg,
            ".WEBP" => PictureFormat.WebP,
            "" => throw new PictureException($"{path}: no extension. End the name with .png, .jpg, .jpeg or .webp: it chooses the format."),
            _ => throw new PictureException($"{path}: no picture is written with the extension {extension}. Use .png, .jpg, .jpeg or .webp."),
        };
    }

    // ISO/IEC 23008-12, annex B: the brands of pictures and of sequences of them.
    private static bool IsHeic(ReadOnlySpan<byte> encoded) =>
        encoded.Length >= 12 && (encoded[8..].StartsWith("he"u8) || encoded[8..].StartsWith("mif1"u8) || encoded[8..].StartsWith("msf1"u8));

    private static string Known(string format) => $"{format}, which is not read. Save it as JPEG or PNG. {Readable}.";
}
