using System.Text;
using System.Text.Json;
using DiffusionX.Runtime;

namespace DiffusionX.Checkpoints;

/// <summary>
/// Reads the JSON files that lie beside weights, as Python and some editors write them: with or without a byte order mark, and with the bare words NaN, Infinity and -Infinity for
/// numbers, which are read as texts of those letters.
/// </summary>
internal static class JsonFile
{
    /// <summary>More than the index of any checkpoint takes.</summary>
    private const int MaxLength = 1 << 26;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    private static readonly byte[][] Words = ["-Infinity"u8.ToArray(), "Infinity"u8.ToArray(), "NaN"u8.ToArray()];

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a file; the caller disposes the document.</summary>
    /// <exception cref="JsonException">The file is no JSON, or names something twice.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static JsonDocument Read(string path) => Parse(RegularFile.ReadAllBytes(path, MaxLength));

    /// <summary>Reads a file's bytes; the caller disposes the document.</summary>
    /// <exception cref="JsonException">They are no JSON, or name something twice.</exception>
    public static JsonDocument Parse(byte[] text)
    {
        var json = SkipMark(ToUtf8(text));
        return JsonDocument.Parse(Words.Any(word => json.Span.IndexOf(word) >= 0) ? QuoteWords(json.Span) : json, Options);
    }

    /// <summary>A text without the mark that some editors put before it.</summary>
    public static ReadOnlyMemory<byte> SkipMark(byte[] text) => text.AsSpan().StartsWith(ByteOrderMark) ? text.AsMemory(ByteOrderMark.Length) : text;

    // Windows' shells write what they redirect in UTF-16, with its mark.
    private static byte[] ToUtf8(byte[] text) => text switch
    {
        [0xFF, 0xFE, ..] => Encoding.Convert(Encoding.Unicode, Encoding.UTF8, text),
        [0xFE, 0xFF, ..] => Encoding.Convert(Encoding.BigEndianUnicode, Encoding.UTF8, text),
        _ => text,
    };

    private static byte[] QuoteWords(ReadOnlySpan<byte> json)
    {
        var quoted = new List<byte>(json.Length + 16);
        while (!json.IsEmpty)
        {
            var word = WordAtStart(json);
            var length = word?.Length ?? TextLength(json);
            quoted.AddRange(word is null ? json[..length] : [(byte)'"', .. word, (byte)'"']);
            json = json[length..];
        }

        return [.. quoted];
    }

    private static byte[]? WordAtStart(ReadOnlySpan<byte> json)
    {
        foreach (var word in Words)
        {
            if (json.StartsWith(word))
            {
                return word;
            }
        }

        return null;
    }

    // Of a text with both of its quotation marks, or to the end where the second one is missing; of anything else the one byte.
    private static int TextLength(ReadOnlySpan<byte> json)
    {
        if (json[0] != '"')
        {
            return 1;
        }

        var end = 1;
        while (end < json.Length && json[end] != '"')
        {
            end += json[end] == '\\' ? 2 : 1;
        }

        return Math.Min(end + 1, json.Length);
    }
}
