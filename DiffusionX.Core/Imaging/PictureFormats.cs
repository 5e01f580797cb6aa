namespace DiffusionX.Imaging;

/// <summary>How a format is recognised: by the first bytes of a file that exists, by the extension of one that is to be written.</summary>
internal static class PictureFormats
{
    public const string Readable = "DiffusionX reads PNG, JPEG and WebP";

    /// <summary>The format whose signature opens <paramref name="encoded"/>, or null.</summary>
    public static PictureFormat? FromSignature(ReadOnlySpan<byte> encoded)
    {
        if (encoded.StartsWith(PngChunk.Signature))
        {
            return PictureFormat.Png;
        }

        if (encoded.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return PictureFormat.Jpeg;
        }

        // A RIFF container: "RIFF", the file's length, then what it contains.
        return encoded.Length >= 12 && encoded.StartsWith("RIFF"u8) && encoded[8..].StartsWith("WEBP"u8) ? PictureFormat.WebP : null;
    }

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
            _ => throw new PictureException($"{path}: no picture format has the extension {extension}. Use .png, .jpg, .jpeg or .webp."),
        };
    }
}
