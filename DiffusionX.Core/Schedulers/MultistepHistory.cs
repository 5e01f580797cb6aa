using static TorchSharp.torch;

namespace DiffusionX.Schedulers;

/// <summary>What the last steps of a multistep solver were computed from, the newest first.</summary>
/// <param name="capacity">How many steps are remembered.</param>
internal sealed class MultistepHistory(int capacity) : IDisposable
{
    private readonly List<(Tensor Output, double Lambda)> steps = [];

    /// <summary>How many there are, up to the capacity.</summary>
    public int Count => steps.Count;

    /// <summary>All of it, the newest first; the history's own.</summary>
    public IReadOnlyList<(Tensor Output, double Lambda)> Steps => steps;

    /// <summary>What was computed so many steps ago, 0 for the last one.</summary>
    public Tensor this[int back] => steps[back].Output;

    /// <summary>log(α/σ) so many steps ago.</summary>
    public double Lambda(int back) => steps[back].Lambda;

    /// <summary>Remembers a step; the oldest one beyond the capacity is forgotten.</summary>
    /// <param name="output">From now on the history's.</param>
    /// <param name="lambda">log(α/σ) there, for solvers that ask for it.</param>
    public void Add(Tensor output, double lambda = 0)
    {
        steps.Insert(0, (output.DetachFromDisposeScope(), lambda));
        if (steps.Count > capacity)
        {
            steps[^1].Output.Dispose();
            steps.RemoveAt(capacity);
        }
    }

    public void Dispose() => steps.ForEach(step => step.Output.Dispose());
}
