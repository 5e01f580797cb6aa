using System.Collections.Concurrent;

namespace DiffusionX.Checkpoints.Lora;

/// <summary>Hashes of LoRA files, each computed once, and anew where a file has changed.</summary>
internal sealed class LoraHashes
{
    private readonly ConcurrentDictionary<(string Path, long Length, DateTime Written), string> known = new();

    /// <summary>SHA-256 of a LoRA's file, 64 hexadecimal digits. The first time it reads the whole file, on another thread.</summary>
    /// <exception cref="CheckpointException">The file can't be read, or is no LoRA.</exception>
    public async Task<string> OfAsync(string path, CancellationToken cancellationToken)
    {
        var file = new FileInfo(path);
        if (file.Exists && known.TryGetValue(KeyOf(file), out var hash))
        {
            return hash;
        }

        var computed = await Task.Run(() => Compute(path), cancellationToken).ConfigureAwait(false);
        known[KeyOf(file)] = computed;
        return computed;
    }

    private static (string Path, long Length, DateTime Written) KeyOf(FileInfo file) => (file.FullName, file.Length, file.LastWriteTimeUtc);

    private static string Compute(string path)
    {
        using var file = LoraFile.Open(path);
        return file.Hash;
    }
}
