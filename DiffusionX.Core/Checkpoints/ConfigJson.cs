using System.Text;
using System.Text.Json;
using DiffusionX.Runtime;

namespace DiffusionX.Checkpoints;

/// <summary>
/// JSON as the files of models have it, which Python wrote: it may begin with a byte order mark, and have the bare words NaN, Infinity and
/// -Infinity for numbers. They are read as texts of those letters.
/// </summary>
internal static class ConfigJson
{
    /// <summary>More than the config of any model takes, or the index of its shards.</summary>
    private const int MaxLength = 1 << 26;

    private const string Escape = "\\u";

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    private static readonly string[] Words = ["-Infinity", "Infinity", "NaN"];

    /// <summary>Reads a file.</summary>
    /// <exception cref="JsonException">It is no JSON, or names something twice.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static JsonElement Read(string path) => Parse(InputFile.ReadAllBytes(path, MaxLength));

    /// <summary>Reads a file's bytes.</summary>
    /// <exception cref="JsonException">They are no JSON.</exception>
    public static JsonElement Parse(byte[] bytes)
    {
        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        using var reader = new StreamReader(new MemoryStream(bytes), strict, detectEncodingFromByteOrderMarks: true);
        try
        {
            var text = QuoteWords(reader.ReadToEnd());
            using var document = JsonDocument.Parse(text, Options);
            if (text.Contains(Escape, StringComparison.Ordinal))
            {
                ReadTexts(document.RootElement);
            }

            return document.RootElement.Clone();
        }
        catch (DecoderFallbackException error)
        {
            throw new JsonException("it is no text in UTF-8.", error);
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException("it has half of a character (\\ud800 to \\udfff alone).", error);
        }
    }

    // An escape may be half of a character, which is found where the text is read; afterwards nobody expects it.
    private static void ReadTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ReadTexts(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    ReadTexts(property.Value);
                }

                break;
            default:
                break;
        }
    }

    private static string QuoteWords(string json)
    {
        if (!Words.Any(word => json.Contains(word, StringComparison.Ordinal)))
        {
            return json;
        }

        var quoted = new StringBuilder(json.Length + 16);
        for (var i = 0; i < json.Length;)
        {
            var length = json[i] == '"' ? TextLength(json, i) : 0;
            var word = length > 0
                ? null
                : Words.FirstOrDefault(candidate => string.CompareOrdinal(json, i, candidate, 0, candidate.Length) == 0);
            if (word is not null)
            {
                quoted.Append('"').Append(word).Append('"');
                i += word.Length;
                continue;
            }

            length = Math.Max(1, length);
            quoted.Append(json, i, length);
            i += length;
        }

        return quoted.ToString();
    }

    // With both quotation marks; to the end where the second one is missing.
    private static int TextLength(string json, int start)
    {
        var end = start + 1;
        while (end < json.Length && json[end] != '"')
        {
            end += json[end] == '\\' ? 2 : 1;
        }

        return Math.Min(end + 1, json.Length) - start;
    }
}
