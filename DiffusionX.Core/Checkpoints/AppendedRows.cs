using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>
/// Weights of which one table has rows besides those of its file: a text encoder's token embedding, with the vectors of textual inversions.
/// </summary>
/// <param name="inner">The weights, owned from now on.</param>
/// <param name="tableEnding">How the table's name ends.</param>
/// <param name="rows">The rows to append.</param>
internal sealed class AppendedRows(IWeightSource inner, string tableEnding, IReadOnlyList<ConceptVectors> rows) : IWeightSource
{
    /// <summary>How the name of a text encoder's token embedding ends.</summary>
    public const string TokenEmbedding = "embeddings.token_embedding.weight";

    private readonly int count = rows.Sum(vectors => vectors.Count);

    public string Description => inner.Description;

    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; } = inner.Tensors.ToDictionary(
        pair => pair.Key,
        pair => pair.Key.EndsWith(tableEnding, StringComparison.Ordinal) && pair.Value.Shape.Count > 0
            ? pair.Value with { Shape = [pair.Value.Shape[0] + rows.Sum(vectors => vectors.Count), .. pair.Value.Shape.Skip(1)] }
            : pair.Value);

    public void CopyTo(string name, Tensor target)
    {
        if (!name.EndsWith(tableEnding, StringComparison.Ordinal))
        {
            inner.CopyTo(name, target);
            return;
        }

        using var scope = NewDisposeScope();
        var first = target.size(0) - count;
        inner.CopyTo(name, target.narrow(0, 0, first));
        foreach (var vectors in rows)
        {
            target.narrow(0, first, vectors.Count).copy_(tensor(vectors.Values.ToArray(), [vectors.Count, vectors.Width]));
            first += vectors.Count;
        }
    }

    public void Dispose() => inner.Dispose();
}
