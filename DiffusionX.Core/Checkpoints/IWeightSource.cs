using static TorchSharp.torch;

namespace DiffusionX.Checkpoints;

/// <summary>Named tensors that lie somewhere and can be copied from there.</summary>
internal interface IWeightSource : IDisposable
{
    /// <summary>Where they lie, for messages.</summary>
    string Description { get; }

    /// <summary>What there is, by name.</summary>
    IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>Fills a tensor.</summary>
    /// <param name="name">What to fill it with.</param>
    /// <param name="target">A tensor with as many elements, in the same order; of any type, on any device, in any memory order.</param>
    /// <exception cref="CheckpointException">There is no such tensor, or it can't be read.</exception>
    void CopyTo(string name, Tensor target);
}
