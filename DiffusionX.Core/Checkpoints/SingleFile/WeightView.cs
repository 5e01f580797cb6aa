using static TorchSharp.torch;

namespace DiffusionX.Checkpoints.SingleFile;

/// <summary>A tensor as a view shows it.</summary>
/// <param name="Entry">Its name, type and shape there.</param>
/// <param name="StoredAs">The tensor in the file that it is taken from.</param>
/// <param name="FirstElement">Where it begins within that, in row-major order.</param>
/// <param name="Transposed">Whether the file holds it with its two dimensions exchanged.</param>
internal sealed record ViewedTensor(TensorEntry Entry, string StoredAs, long FirstElement = 0, bool Transposed = false);

/// <summary>
/// The tensors of a file under other names and in other shapes, as diffusers' folders have them. They are read from the file when they are
/// asked for: nothing is converted, on disk or in memory.
/// </summary>
internal sealed class WeightView : IWeightSource
{
    private readonly SafetensorsFile file;
    private readonly Dictionary<string, ViewedTensor> tensors = new(StringComparer.Ordinal);

    /// <param name="file">The file, which the view owns from now on.</param>
    /// <param name="tensors">What it shows.</param>
    /// <exception cref="CheckpointException">Two tensors would have the same name; the file is closed.</exception>
    public WeightView(SafetensorsFile file, IEnumerable<ViewedTensor> tensors)
    {
        this.file = file;
        foreach (var tensor in tensors)
        {
            if (!this.tensors.TryAdd(tensor.Entry.Name, tensor))
            {
                file.Dispose();
                var other = this.tensors[tensor.Entry.Name].StoredAs;
                throw new CheckpointException(
                    $"{file.Description}: '{TensorEntry.Shown(tensor.StoredAs)}' and '{TensorEntry.Shown(other)}' of this single file are the same tensor.");
            }
        }

        Tensors = this.tensors.ToDictionary(pair => pair.Key, pair => pair.Value.Entry, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Description => file.Description;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <inheritdoc/>
    public void CopyTo(string name, Tensor target)
    {
        var tensor = tensors.GetValueOrDefault(name)
            ?? throw new CheckpointException($"{Description} holds no tensor '{TensorEntry.Shown(name)}'.");
        if (target.numel() != tensor.Entry.Count)
        {
            throw new CheckpointException($"{Description}: {tensor.Entry} does not fit into [{string.Join(", ", target.shape)}].");
        }

        if (!tensor.Transposed)
        {
            file.CopyPart(tensor.StoredAs, tensor.FirstElement, target);
            return;
        }

        using var scope = NewDisposeScope();
        var stored = empty([.. tensor.Entry.Shape.Reverse()], tensor.Entry.DType);
        file.CopyPart(tensor.StoredAs, tensor.FirstElement, stored);
        target.copy_(stored.t().view(target.shape));
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
