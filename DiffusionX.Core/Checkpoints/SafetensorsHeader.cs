using System.Buffers.Binary;
using System.Text.Json;

namespace DiffusionX.Checkpoints;

/// <summary>
/// The beginning of a safetensors file: eight bytes of length, then JSON that maps each tensor's name to its type, shape and place.
/// Everything that the format demands is checked here, before anything is allocated for a tensor.
/// </summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The longest header that the format allows.</summary>
    public const long MaxLength = 100_000_000;

    /// <summary>The one name that no tensor can have.</summary>
    public const string MetadataName = "__metadata__";

    private const int LengthBytes = 8;
    private const int MaxRank = 64;

    private static readonly JsonDocumentOptions JsonOptions = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    private SafetensorsHeader(IReadOnlyDictionary<string, StoredTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        Tensors = tensors;
        Metadata = metadata;
    }

    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads and checks a header.</summary>
    /// <param name="stream">The file, at its beginning.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <exception cref="CheckpointException">The file breaks a rule of the format.</exception>
    public static SafetensorsHeader Read(Stream stream, string path)
    {
        var json = ReadJson(stream, path);
        try
        {
            using var document = JsonDocument.Parse(json.AsMemory(json.AsSpan().StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0), JsonOptions);
            return new Parser(path, dataStart: LengthBytes + json.Length, fileLength: stream.Length).Parse(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new CheckpointException($"{path}: the header is no valid JSON: {error.Message}", error);
        }
    }

    private static byte[] ReadJson(Stream stream, string path)
    {
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (stream.ReadAtLeast(prefix, LengthBytes, throwOnEndOfStream: false) < LengthBytes)
        {
            throw new CheckpointException($"{path}: {stream.Length} bytes are too few for a safetensors file. It was probably not downloaded or copied whole.");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxLength || (long)length > stream.Length - LengthBytes)
        {
            throw new CheckpointException(
                $"{path}: the header claims {length} bytes, more than the file holds or the format allows ({MaxLength}). {WhatBeginsWith(prefix)}");
        }

        var json = new byte[length];
        stream.ReadExactly(json);
        return json;
    }

    // What people have in place of the file that they meant to download
    private static string WhatBeginsWith(ReadOnlySpan<byte> bytes) => bytes switch
    {
        _ when bytes.StartsWith("version "u8) => "This is a pointer of Git LFS in place of the file: fetch the file itself with git lfs pull.",
        _ when bytes.StartsWith("PK"u8) => "This is an archive, as PyTorch's pickle files are, and no safetensors file.",
        _ when bytes.StartsWith("<"u8) => "This is a web page, and no safetensors file.",
        _ => "This is no safetensors file, or a damaged one.",
    };

    private sealed class Parser(string path, long dataStart, long fileLength)
    {
        private readonly Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);

        public SafetensorsHeader Parse(JsonElement root)
        {
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new CheckpointException($"{path}: the header has to be a JSON object.");
            }

            foreach (var property in root.EnumerateObject())
            {
                if (property.Name == MetadataName)
                {
                    ReadMetadata(property.Value);
                }
                else
                {
                    tensors.Add(property.Name, ReadEntry(property.Name, property.Value));
                }
            }

            CheckCoverage();
            return new SafetensorsHeader(tensors, metadata);
        }

        // Some writers say null for no texts.
        private void ReadMetadata(JsonElement json)
        {
            if (json.ValueKind == JsonValueKind.Null)
            {
                return;
            }

            if (json.ValueKind != JsonValueKind.Object || json.EnumerateObject().Any(pair => pair.Value.ValueKind != JsonValueKind.String))
            {
                throw new CheckpointException($"{path}: {MetadataName} has to map names to texts.");
            }

            foreach (var pair in json.EnumerateObject())
            {
                metadata[pair.Name] = pair.Value.GetString()!;
            }
        }

        private StoredTensor ReadEntry(string name, JsonElement json)
        {
            if (json.ValueKind != JsonValueKind.Object)
            {
                throw Broken(name, "has to be described by a JSON object");
            }

            var typeName = Property(name, json, "dtype", JsonValueKind.String).GetString()!;
            var type = SafetensorsTypes.Parse(typeName)
                ?? throw Broken(name, $"has the type {TensorEntry.Shown(typeName)}; supported are {SafetensorsTypes.Readable}");
            var shape = ReadNumbers(name, "shape", Property(name, json, "shape", JsonValueKind.Array), MaxRank);
            var offsets = ReadNumbers(name, "data_offsets", Property(name, json, "data_offsets", JsonValueKind.Array), 2);
            if (offsets.Length != 2 || offsets[0] > offsets[1] || offsets[1] > fileLength - dataStart)
            {
                throw Broken(name, $"has the offsets [{string.Join(", ", offsets)}], which do not lie within the file's {fileLength - dataStart} bytes of data");
            }

            var length = offsets[1] - offsets[0];
            return BytesOf(shape, type.Size) == length
                ? new StoredTensor(new TensorEntry(name, type.ReadAs, shape), type, dataStart + offsets[0], length)
                : throw Broken(name, $"is {typeName} [{string.Join(", ", shape)}], which does not take the {length} bytes that its offsets give it");
        }

        private JsonElement Property(string tensor, JsonElement json, string property, JsonValueKind kind) =>
            json.TryGetProperty(property, out var value) && value.ValueKind == kind
                ? value
                : throw Broken(tensor, $"has no '{property}', or one that is no {kind}");

        private long[] ReadNumbers(string tensor, string property, JsonElement array, int max)
        {
            if (array.GetArrayLength() > max)
            {
                throw Broken(tensor, $"has more than {max} numbers in '{property}'");
            }

            return [.. array.EnumerateArray().Select(item =>
                item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out var number) && number >= 0
                    ? number
                    : throw Broken(tensor, $"has something else than whole numbers from 0 in '{property}'"))];
        }

        // Null where the product is too large for any file. An empty tensor has strides as well, and they may not overflow either.
        private static long? BytesOf(long[] shape, long elementSize)
        {
            var bytes = (Int128)elementSize;
            foreach (var size in shape)
            {
                bytes *= Math.Max(size, 1);
                if (bytes > long.MaxValue)
                {
                    return null;
                }
            }

            return shape.Contains(0) ? 0 : (long)bytes;
        }

        // The format wants the tensors to cover the data without holes and without overlaps.
        private void CheckCoverage()
        {
            var position = dataStart;
            foreach (var stored in tensors.Values.OrderBy(stored => stored.Offset).ThenBy(stored => stored.Length))
            {
                if (stored.Offset != position)
                {
                    throw Broken(stored.Entry.Name, stored.Offset < position ? "overlaps another tensor" : "leaves a hole before it");
                }

                position += stored.Length;
            }

            if (position != fileLength)
            {
                throw new CheckpointException($"{path}: {fileLength - position} bytes after the last tensor belong to none. The file was damaged or cut from a longer one.");
            }
        }

        private CheckpointException Broken(string tensor, string what) => new($"{path}: the tensor '{TensorEntry.Shown(tensor)}' {what}.");
    }
}

/// <summary>Where a tensor lies in a file.</summary>
/// <param name="Entry">What it is.</param>
/// <param name="Type">The type of its elements in the file.</param>
/// <param name="Offset">Where its bytes begin, from the start of the file.</param>
/// <param name="Length">How many bytes it has.</param>
internal sealed record StoredTensor(TensorEntry Entry, SafetensorsType Type, long Offset, long Length);
