using System.Security.Cryptography;
using DiffusionX.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>
/// A safetensors file. Bytes go from the file straight into a tensor's own memory; nothing of the file stays resident beside it, and a file
/// that is cut short while it is open gives an error, where reading through a memory map would end the process. The format is described in
/// huggingface/safetensors, README.
/// </summary>
internal sealed class SafetensorsFile : IWeightSource
{
    private const long ChunkBytes = 1 << 24;
    private const int WidenedChunkBytes = 1 << 20;
    private const int HashedChunkBytes = 1 << 20;

    private static readonly string[] PickleEndings = [".bin", ".ckpt", ".pt", ".pth", ".pkl"];

    private readonly FileStream stream;
    private readonly SafetensorsHeader header;

    private SafetensorsFile(string path, FileStream stream)
    {
        Description = path;
        this.stream = stream;
        header = SafetensorsHeader.Read(stream, path);
        Tensors = header.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.Entry, StringComparer.Ordinal).AsReadOnly();
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>The texts that whoever wrote the file put into it.</summary>
    public IReadOnlyDictionary<string, string> Metadata => header.Metadata;

    /// <summary>Opens a file and checks all of its header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file can't be read, is a pickle file, or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        RefusePickle(path);
        FileStream? stream = null;
        try
        {
            stream = InputFile.OpenRead(path);
            return new SafetensorsFile(path, stream);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            stream?.Dispose();
            throw new CheckpointException($"{path} can't be read: {error.Message}", error);
        }
        catch
        {
            stream?.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file is of a kind that runs code when it is read.</summary>
    internal static bool IsPickle(string path) => PickleEndings.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <inheritdoc/>
    public void CopyTo(string name, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var entry = Stored(name).Entry;
        if (target.numel() != entry.Count)
        {
            throw new CheckpointException($"{Description}: {entry} does not fit into [{string.Join(", ", target.shape)}].");
        }

        CopyPart(name, firstElement: 0, target);
    }

    /// <summary>Fills a tensor with as many elements of another as it has itself.</summary>
    /// <param name="name">The one in the file.</param>
    /// <param name="firstElement">The first element to take, in row-major order; as many as are wanted have to follow.</param>
    /// <param name="target">What to fill; of any type, on any device, in any memory order.</param>
    /// <exception cref="CheckpointException">There is no such tensor, or it can't be read.</exception>
    internal void CopyPart(string name, long firstElement, Tensor target)
    {
        var stored = Stored(name);
        if (target.dtype == stored.Entry.DType && target.device_type == DeviceType.CPU && target.is_contiguous())
        {
            Fill(target, stored, firstElement);
            return;
        }

        if (target.dim() == 0)
        {
            CopyConverted(stored, firstElement, target);
            return;
        }

        // By pieces, so that what is converted never takes much beside the target.
        var rowLength = target.numel() / Math.Max(1, target.size(0));
        var rowsAtOnce = Math.Max(1, ChunkBytes / Math.Max(1, rowLength * stored.Entry.DType.ElementSize()));
        for (var row = 0L; row < target.size(0); row += rowsAtOnce)
        {
            using var piece = target.narrow(0, row, Math.Min(rowsAtOnce, target.size(0) - row));
            CopyConverted(stored, firstElement + (row * rowLength), piece);
        }
    }

    /// <summary>A tensor of the file, in the file's type, on the CPU.</summary>
    /// <param name="name">Which one.</param>
    /// <exception cref="CheckpointException">There is no such tensor, or it can't be read.</exception>
    public Tensor Read(string name)
    {
        var entry = Stored(name).Entry;
        var tensor = empty([.. entry.Shape], entry.DType);
        try
        {
            CopyTo(name, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    /// <summary>SHA-256 of the whole file, 64 hexadecimal digits.</summary>
    /// <exception cref="CheckpointException">The file can't be read.</exception>
    internal string ContentHash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var chunk = new byte[HashedChunkBytes];
        try
        {
            for (var done = 0L; RandomAccess.Read(stream.SafeFileHandle, chunk, done) is > 0 and var count; done += count)
            {
                hash.AppendData(chunk, 0, count);
            }
        }
        catch (IOException error)
        {
            throw new CheckpointException($"{Description} can't be read: {error.Message}", error);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void RefusePickle(string path)
    {
        if (IsPickle(path))
        {
            throw new CheckpointException(
                $"{path} is a pickle file, which can run any code when it is read, and is not opened. Convert it where you trust it: load the model in diffusers "
                + "(for a single file with from_single_file) and save it with save_pretrained(folder, safe_serialization=True).");
        }
    }

    private void CopyConverted(StoredTensor stored, long firstElement, Tensor target)
    {
        using var asStored = empty(target.shape, stored.Entry.DType);
        Fill(asStored, stored, firstElement);
        target.copy_(asStored);
    }

    private unsafe void Fill(Tensor target, StoredTensor stored, long firstElement)
    {
        var count = target.numel();
        if (count == 0)
        {
            return;
        }

        var memory = TensorMemory.Pointer(target);
        var offset = stored.Offset + (firstElement * stored.Type.Size);
        if (stored.Type.Widened is { } values)
        {
            FillWidened((Half*)memory, count, stored, offset, values);
            return;
        }

        var length = count * stored.Type.Size;
        for (var done = 0L; done < length;)
        {
            done += ReadSome(stored, offset + done, new Span<byte>(memory + done, (int)Math.Min(ChunkBytes, length - done)));
        }
    }

    private unsafe void FillWidened(Half* memory, long count, StoredTensor stored, long offset, Half[] values)
    {
        var chunk = new byte[Math.Min(WidenedChunkBytes, count)];
        for (var done = 0L; done < count;)
        {
            var read = ReadSome(stored, offset + done, chunk.AsSpan(0, (int)Math.Min(chunk.Length, count - done)));
            for (var i = 0; i < read; i++)
            {
                memory[done + i] = values[chunk[i]];
            }

            done += read;
        }
    }

    private int ReadSome(StoredTensor stored, long offset, Span<byte> target)
    {
        try
        {
            return RandomAccess.Read(stream.SafeFileHandle, target, offset) is > 0 and var count
                ? count
                : throw new CheckpointException($"{Description} ends within {stored.Entry}: it was cut short after it had been opened.");
        }
        catch (IOException error)
        {
            throw new CheckpointException($"{Description}: {stored.Entry} can't be read: {error.Message}", error);
        }
    }

    private StoredTensor Stored(string name) =>
        header.Tensors.TryGetValue(name, out var stored) ? stored : throw new CheckpointException($"{Description} holds no tensor '{TensorEntry.Shown(name)}'.");
}
