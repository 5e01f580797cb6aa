using System.Buffers.Binary;
using System.Text.Json;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>Writes safetensors files.</summary>
internal static class SafetensorsWriter
{
    private const int Alignment = 8;
    private const int ChunkBytes = 1 << 24;

    /// <summary>
    /// Writes tensors to a file, one after another. The file is written beside its place and moved there when it is whole: whoever
    /// interrupts leaves the old one.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="tensors">Names and tensors, on any device. Views are written as what they show.</param>
    /// <param name="metadata">Texts to put into the header.</param>
    /// <exception cref="CheckpointException">A tensor's type or name has no place in the format, a name is there twice, or the file can't
    /// be written.</exception>
    public static void Save(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(tensors);
        var ordered = Order(tensors, path);
        try
        {
            AtomicFile.Write(path, stream =>
            {
                WriteHeader(stream, ordered, metadata);
                foreach (var (_, tensor) in ordered)
                {
                    WriteBytes(stream, tensor);
                }
            });
        }
        catch (Exception error) when (AtomicFile.IsFileError(error))
        {
            throw new CheckpointException($"{path} can't be written: {error.Message}", error);
        }
    }

    // Wide types first, so that every tensor lies at a multiple of its element's size.
    private static KeyValuePair<string, Tensor>[] Order(IEnumerable<KeyValuePair<string, Tensor>> tensors, string path)
    {
        var ordered = tensors.OrderByDescending(pair => pair.Value.ElementSize).ThenBy(pair => pair.Key, StringComparer.Ordinal).ToArray();
        foreach (var (name, tensor) in ordered)
        {
            if (name == SafetensorsHeader.MetadataName)
            {
                throw new CheckpointException($"{path}: no tensor can be called '{name}', which is the format's name for texts.");
            }

            if (!SafetensorsTypes.CanWrite(tensor.dtype))
            {
                throw new CheckpointException($"{path}: '{name}' is {tensor.dtype}; safetensors files are written with {SafetensorsTypes.Writable}.");
            }
        }

        return ordered.Select(pair => pair.Key).Distinct(StringComparer.Ordinal).Count() == ordered.Length
            ? ordered
            : throw new CheckpointException($"{path}: two tensors have the same name.");
    }

    private static void WriteHeader(FileStream stream, KeyValuePair<string, Tensor>[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            var offset = 0L;
            foreach (var (name, tensor) in tensors)
            {
                offset = WriteEntry(json, name, tensor, offset);
            }

            json.WriteEndObject();
        }

        while (buffer.Length % Alignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, buffer.Length);
        stream.Write(length);
        buffer.WriteTo(stream);
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is { Count: > 0 })
        {
            json.WriteStartObject(SafetensorsHeader.MetadataName);
            foreach (var (name, text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                json.WriteString(name, text);
            }

            json.WriteEndObject();
        }
    }

    private static long WriteEntry(Utf8JsonWriter json, string name, Tensor tensor, long offset)
    {
        var end = offset + (tensor.numel() * tensor.ElementSize);
        json.WriteStartObject(name);
        json.WriteString("dtype", SafetensorsTypes.NameOf(tensor.dtype));
        json.WriteStartArray("shape");
        Array.ForEach(tensor.shape, json.WriteNumberValue);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
        return end;
    }

    private static unsafe void WriteBytes(FileStream stream, Tensor tensor)
    {
        if (tensor.numel() == 0)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var plain = tensor.detach().cpu().contiguous();
        var pointer = TensorMemory.Pointer(plain);
        var length = plain.numel() * plain.ElementSize;
        for (var written = 0L; written < length; written += ChunkBytes)
        {
            stream.Write(new ReadOnlySpan<byte>(pointer + written, (int)Math.Min(ChunkBytes, length - written)));
        }
    }
}
