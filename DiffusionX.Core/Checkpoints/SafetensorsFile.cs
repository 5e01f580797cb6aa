using System.IO.MemoryMappedFiles;
using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>
/// A safetensors file, mapped into memory one tensor at a time: what was copied from it does not stay resident beside the copy.
/// The format is described in huggingface/safetensors, README.
/// </summary>
public sealed class SafetensorsFile : IWeightSource
{
    private static readonly string[] PickleEndings = [".bin", ".ckpt", ".pt", ".pth", ".pkl"];

    private readonly MemoryMappedFile? map;
    private readonly SafetensorsHeader header;

    private SafetensorsFile(string path, MemoryMappedFile? map, SafetensorsHeader header)
    {
        Description = path;
        this.map = map;
        this.header = header;
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
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            var header = SafetensorsHeader.Read(stream, path);
            // A file without data can't be mapped, and need not be.
            var hasData = header.Tensors.Values.Any(entry => entry.Length > 0);
            return new SafetensorsFile(path, hasData ? MapFile(path) : null, header);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CheckpointException($"{path} can't be read: {error.Message}", error);
        }
    }

    /// <summary>Whether a file is of a kind that runs code when it is read.</summary>
    internal static bool IsPickle(string path) => PickleEndings.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <inheritdoc/>
    public unsafe void CopyTo(string name, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var entry = Entry(name);
        if (target.numel() != entry.Shape.Aggregate(1L, (product, size) => product * size))
        {
            throw new CheckpointException($"{Description}: {entry} does not fit into [{string.Join(", ", target.shape)}].");
        }

        if (entry.Length == 0)
        {
            return;
        }

        using var view = map!.CreateViewAccessor(entry.Offset, entry.Length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        try
        {
            TensorMemory.Fill(target, pointer + view.PointerOffset, entry);
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
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
    public void Dispose() => map?.Dispose();

    private static MemoryMappedFile MapFile(string path) =>
        MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);

    private static void RefusePickle(string path)
    {
        if (IsPickle(path))
        {
            throw new CheckpointException(
                $"{path} is a pickle file, which can run any code when it is read, and is not opened. Convert it where you trust it: load the model in diffusers "
                + "(for a single file with from_single_file) and save it with save_pretrained(folder, safe_serialization=True).");
        }
    }

    private TensorEntry Entry(string name) =>
        Tensors.TryGetValue(name, out var entry) ? entry : throw new CheckpointException($"{Description} holds no tensor '{name}'.");
}
