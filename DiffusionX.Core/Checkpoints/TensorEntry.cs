using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>A tensor that can be copied from an <see cref="IWeightSource"/>.</summary>
/// <param name="Name">Its name, as in the state dict.</param>
/// <param name="DType">
/// The type of its elements as they are read. Numbers of 8 bits are widened to float16, which holds all of them exactly.
/// </param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
internal sealed record TensorEntry(string Name, ScalarType DType, IReadOnlyList<long> Shape)
{
    private const int ShownLength = 200;

    /// <summary>How many elements it has.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <inheritdoc/>
    public override string ToString() => $"{Shown(Name)} {SafetensorsTypes.NameOf(DType)} [{string.Join(", ", Shape)}]";

    /// <summary>
    /// A name out of a file as it may stand in a message: not too long, and without the characters that steer a terminal.
    /// </summary>
    internal static string Shown(string name)
    {
        var start = name.Length <= ShownLength ? name : name[..ShownLength] + "…";
        return string.Concat(start.Select(character => char.IsControl(character) ? '?' : character));
    }
}
