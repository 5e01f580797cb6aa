namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>What the names and shapes of a part's tensors say about it.</summary>
/// <param name="tensors">The tensors, under diffusers' and transformers' names.</param>
/// <param name="source">Where they are, for messages.</param>
internal sealed class TensorShapes(IEnumerable<ViewedTensor> tensors, string source)
{
    private readonly Dictionary<string, TensorEntry> entries =
        tensors.Select(tensor => tensor.Entry).DistinctBy(entry => entry.Name).ToDictionary(entry => entry.Name);

    public bool Has(string name) => entries.ContainsKey(name);

    /// <summary>A tensor whose name ends so; null where there is none.</summary>
    public string? FindEnding(string ending) => entries.Keys.FirstOrDefault(name => name.EndsWith(ending, StringComparison.Ordinal));

    /// <summary>How many different numbers follow a beginning.</summary>
    public int Count(string beginning) => NameTable.CountAfter(entries.Keys, beginning);

    /// <summary>How many dimensions a tensor has.</summary>
    public int Rank(string name) => Entry(name).Shape.Count;

    /// <summary>The size of one of a tensor's dimensions.</summary>
    /// <exception cref="CheckpointException">
    /// There is no such tensor, or it has fewer dimensions, or the size is none of a network's.
    /// </exception>
    public int Size(string name, int dimension) =>
        Entry(name) is { } entry && dimension < entry.Shape.Count && entry.Shape[dimension] is > 0 and <= int.MaxValue
            ? (int)entry.Shape[dimension]
            : throw new CheckpointException($"{source}: {Entry(name)} of this single file has no shape that such a tensor can have.");

    private TensorEntry Entry(string name) => entries.GetValueOrDefault(name)
        ?? throw new CheckpointException(
            $"{source}: this single file lacks the tensor that diffusers calls '{name}'. It is cut short, or of another kind of model.");
}
