using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>Where a tensor lies in a file, and what it is.</summary>
/// <param name="Name">Its name, as in the state dict.</param>
/// <param name="DType">The type of its elements.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
/// <param name="Offset">Where its bytes begin, from the start of the file.</param>
/// <param name="Length">How many bytes it has.</param>
public sealed record TensorEntry(string Name, ScalarType DType, IReadOnlyList<long> Shape, long Offset, long Length)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} {SafetensorsTypes.NameOf(DType)} [{string.Join(", ", Shape)}]";
}
