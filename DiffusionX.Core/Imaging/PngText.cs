using System.Text;

namespace DiffusionX.Imaging;

/// <summary>
/// Text in PNG files: <c>tEXt</c> chunks for what Latin-1 can say, <c>iTXt</c> chunks in UTF-8 for the rest.
/// PNG specification, third edition, section 11.3.3.
/// </summary>
internal static class PngText
{
    private const int HeaderDataLength = 13;
    private const int MaximumKeywordLength = 79;

    // After the keyword and its NUL: not compressed (two bytes), no language (NUL), no translated keyword (NUL).
    private static ReadOnlySpan<byte> UncompressedUntranslated => [0, 0, 0, 0];

    /// <summary>A copy of <paramref name="png"/> with <paramref name="text"/>, in the order of its keys, right after the header.</summary>
    /// <exception cref="ArgumentException">A key is no PNG keyword, or a value contains NUL.</exception>
    public static byte[] Insert(ReadOnlySpan<byte> png, IReadOnlyDictionary<string, string> text)
    {
        var headerEnd = PngChunk.Signature.Length + PngChunk.Overhead + HeaderDataLength;
        using var target = new MemoryStream();
        target.Write(png[..headerEnd]);
        foreach (var (keyword, value) in text.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            Write(target, keyword, value);
        }

        target.Write(png[headerEnd..]);
        return target.ToArray();
    }

    /// <param name="png">A whole PNG file.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="PictureException">The bytes are no PNG file, or a damaged one.</exception>
    public static Dictionary<string, string> Read(ReadOnlySpan<byte> png, string name)
    {
        if (PictureFormats.FromSignature(png) != ReadableFormat.Png)
        {
            throw new PictureException($"{name}: not a PNG file. Only PNG files carry text.");
        }

        var text = new Dictionary<string, string>(StringComparer.Ordinal);
        var rest = png[PngChunk.Signature.Length..];
        while (PngChunk.TryRead(ref rest, out var type, out var data))
        {
            if (type.SequenceEqual("IEND"u8))
            {
                return text;
            }

            if (ReadEntry(type, data) is var (keyword, value))
            {
                text[keyword] = value;
            }
        }

        throw new PictureException($"{name}: a damaged or incomplete PNG file.");
    }

    private static void Write(MemoryStream target, string keyword, string value)
    {
        CheckKeyword(keyword);
        if (value.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException($"The PNG text '{keyword}' contains NUL, which ends texts.", nameof(value));
        }

        byte[] start = [.. Encoding.Latin1.GetBytes(keyword), 0];
        if (value.All(character => character == '\n' || IsPrintableLatin1(character)))
        {
            PngChunk.Write(target, "tEXt"u8, [.. start, .. Encoding.Latin1.GetBytes(value)]);
        }
        else
        {
            PngChunk.Write(target, "iTXt"u8, [.. start, .. UncompressedUntranslated, .. Encoding.UTF8.GetBytes(value)]);
        }
    }

    private static (string Keyword, string Value)? ReadEntry(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        var keywordEnd = data.IndexOf((byte)0);
        if (keywordEnd <= 0)
        {
            return null;
        }

        var keyword = Encoding.Latin1.GetString(data[..keywordEnd]);
        var rest = data[(keywordEnd + 1)..];
        if (type.SequenceEqual("tEXt"u8))
        {
            return (keyword, Encoding.Latin1.GetString(rest));
        }

        return type.SequenceEqual("iTXt"u8) && InternationalText(rest) is { } value ? (keyword, value) : null;
    }

    // Compression flag and method (a byte each), language and NUL, translated keyword and NUL, text.
    private static string? InternationalText(ReadOnlySpan<byte> data)
    {
        if (data.Length < UncompressedUntranslated.Length || data[0] != 0)
        {
            return null;
        }

        var rest = data[2..];
        for (var skipped = 0; skipped < 2; skipped++)
        {
            var end = rest.IndexOf((byte)0);
            if (end < 0)
            {
                return null;
            }

            rest = rest[(end + 1)..];
        }

        return Encoding.UTF8.GetString(rest);
    }

    private static void CheckKeyword(string keyword)
    {
        var valid = keyword.Length is > 0 and <= MaximumKeywordLength
            && keyword.All(IsPrintableLatin1)
            && keyword[0] != ' ' && keyword[^1] != ' ' && !keyword.Contains("  ", StringComparison.Ordinal);
        if (!valid)
        {
            throw new ArgumentException(
                $"'{keyword}' is no PNG keyword: it takes 1 to {MaximumKeywordLength} printable Latin-1 characters, single spaces inside.",
                nameof(keyword));
        }
    }

    private static bool IsPrintableLatin1(char character) => character is (>= ' ' and <= '~') or (> '\u00A0' and <= '\u00FF');
}
