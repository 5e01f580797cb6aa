using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>
/// A safetensors file. Bytes go from the file straight into a tensor's own memory; nothing of the file stays resident beside it, and a file that is cut short
/// while it is open gives an error, where reading through a memory map would end the process. The format is described in huggingface/safetensors, README.
/// </summary>
public sealed class SafetensorsFile : IWeightSource
{
    private const long ChunkBytes = 1 << 24;

    private static readonly string[] PickleEndings = [".bin", ".ckpt", ".pt", ".pth", ".pkl"];

    private readonly FileStream stream;
    private readonly SafetensorsHeader header;

    private SafetensorsFile(string path, FileStream stream)
    {
        Description = path;
        this.stream = stream;
        header = SafetensorsHeader.Read(stream, path);
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorEntry> Tensors => header.Tensors;

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
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
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
        var entry = Entry(name);
        if (target.numel() != entry.Shape.Aggregate(1L, (product, size) => product * size))
        {
            throw new CheckpointException($"{Description}: {entry} does not fit into [{string.Join(", ", target.shape)}].");
        }

        if (target.dtype == entry.DType && target.device_type == DeviceType.CPU && target.is_contiguous())
        {
            Fill(target, entry);
            return;
        }

        using var asStored = empty(target.shape, entry.DType);
        Fill(asStored, entry);
        target.copy_(asStored);
    }

    /// <summary>A tensor of the file, in the file's type, on the CPU.</summary>
    /// <param name="name">Which one.</param>
    /// <exception cref="CheckpointException">There is no such tensor, or it can't be read.</exception>
    public Tensor Read(string name)
    {
        var entry = Entry(name);
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

    private static void RefusePickle(string path)
    {
        if (IsPickle(path))
        {
            throw new CheckpointException(
                $"{path} is a pickle file, which can run any code when it is read, and is not opened. Convert it where you trust it: load the model in diffusers "
                + "(for a single file with from_single_file) and save it with save_pretrained(folder, safe_serialization=True).");
        }
    }

    private unsafe void Fill(Tensor target, TensorEntry entry)
    {
        var memory = entry.Length > 0 ? TensorMemory.Pointer(target) : null;
        for (var done = 0L; done < entry.Length;)
        {
            done += ReadSome(entry, done, new Span<byte>(memory + done, (int)Math.Min(ChunkBytes, entry.Length - done)));
        }
    }

    private int ReadSome(TensorEntry entry, long done, Span<byte> target)
    {
        try
        {
            return RandomAccess.Read(stream.SafeFileHandle, target, entry.Offset + done) is > 0 and var count
                ? count
                : throw new CheckpointException($"{Description} ends within {entry}: it was cut short after it had been opened.");
        }
        catch (IOException error)
        {
            throw new CheckpointException($"{Description}: {entry} can't be read: {error.Message}", error);
        }
    }

    private TensorEntry Entry(string name) =>
        Tensors.TryGetValue(name, out var entry) ? entry : throw new CheckpointException($"{Description} holds no tensor '{name}'.");
}
