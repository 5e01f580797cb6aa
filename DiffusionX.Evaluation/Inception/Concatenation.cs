using static TorchSharp.torch;

namespace DiffusionX.Evaluation.Inception;

/// <summary>What several layers make of one map, channel after channel.</summary>
internal static class Concatenation
{
    /// <param name="map">[B, C, H, W], the input of each layer.</param>
    /// <param name="layers">Layers that agree on height and width.</param>
    /// <returns>[B, sum of the layers' channels, H', W'].</returns>
    public static Tensor Of(Tensor map, params IEnumerable<Func<Tensor, Tensor>> layers)
    {
        using var scope = NewDisposeScope();
        return cat([.. layers.Select(layer => layer(map))], 1).MoveToOuterDisposeScope();
    }
}
