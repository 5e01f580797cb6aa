using System.Text.Json;
using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>Weights that are spread over several safetensors files, with an index that says which tensor is in which.</summary>
internal sealed class ShardedCheckpoint : IWeightSource
{
    private readonly Dictionary<string, SafetensorsFile> shards;
    private readonly Dictionary<string, SafetensorsFile> shardOf = [];
    private readonly Dictionary<string, TensorEntry> tensors = [];

    private ShardedCheckpoint(string indexPath, Dictionary<string, SafetensorsFile> shards)
    {
        Description = indexPath;
        this.shards = shards;
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorEntry> Tensors => tensors;

    /// <summary>Opens all shards of an index.</summary>
    /// <param name="indexPath">The index, <c>*.safetensors.index.json</c>; the shards lie beside it.</param>
    /// <exception cref="CheckpointException">The index or a shard is missing or damaged, or a tensor is not where the index
    /// says.</exception>
    public static ShardedCheckpoint Open(string indexPath)
    {
        ArgumentNullException.ThrowIfNull(indexPath);
        var map = ReadIndex(indexPath);
        var checkpoint = new ShardedCheckpoint(indexPath, []);
        try
        {
            foreach (var (tensor, file) in map)
            {
                checkpoint.Add(tensor, file);
            }

            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void CopyTo(string name, Tensor target)
    {
        if (!shardOf.TryGetValue(name, out var shard))
        {
            throw new CheckpointException($"{Description} names no tensor '{name}'.");
        }

        shard.CopyTo(name, target);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in shards.Values)
        {
            shard.Dispose();
        }
    }

    // {"metadata": {…}, "weight_map": {"conv_in.weight": "model-00001-of-00002.safetensors", …}}
    private static Dictionary<string, string> ReadIndex(string path)
    {
        try
        {
            return ConfigJson.Read(path).GetProperty("weight_map").Deserialize<Dictionary<string, string>>() ?? [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path} can't be read: {error.Message}", error);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CheckpointException($"{path}: an index of shards needs an object 'weight_map' from tensors to files.", error);
        }
    }

    private void Add(string tensor, string file)
    {
        if (file is null || Path.GetFileName(file) != file)
        {
            throw new CheckpointException($"{Description}: the shard '{file}' of '{tensor}' has to be a file beside the index.");
        }

        if (!shards.TryGetValue(file, out var shard))
        {
            shard = SafetensorsFile.Open(Path.Combine(Path.GetDirectoryName(Description) ?? "", file));
            shards.Add(file, shard);
        }

        tensors[tensor] = shard.Tensors.GetValueOrDefault(tensor)
            ?? throw new CheckpointException($"{Description} says that '{tensor}' is in {file}, and it is not.");
        shardOf[tensor] = shard;
    }
}
