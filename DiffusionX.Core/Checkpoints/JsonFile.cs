using System.Text.Json;
using DiffusionX.Runtime;

namespace DiffusionX.Checkpoints;

/// <summary>Reads the JSON files that lie beside weights, with or without a byte order mark.</summary>
internal static class JsonFile
{
    /// <summary>More than the index of any checkpoint takes.</summary>
    private const int MaxLength = 1 << 26;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a file; the caller disposes the document.</summary>
    /// <exception cref="JsonException">The file is no JSON, or names something twice.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static JsonDocument Read(string path) => JsonDocument.Parse(SkipMark(RegularFile.ReadAllBytes(path, MaxLength)), Options);

    /// <summary>A text without the mark that some editors put before it.</summary>
    public static ReadOnlyMemory<byte> SkipMark(byte[] text) => text.AsSpan().StartsWith(ByteOrderMark) ? text.AsMemory(ByteOrderMark.Length) : text;
}
