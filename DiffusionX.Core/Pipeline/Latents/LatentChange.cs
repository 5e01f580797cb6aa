using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Latents;

/// <summary>How much the clean latent that a run expects changes from one evaluation of the UNet to the next: where it hardly does, the way ahead is straight.</summary>
internal sealed class LatentChange : IDisposable
{
    private Tensor? latest;
    private int stepsSinceLatest = 1;

    /// <summary>‖x̂₀ − x̂₀'‖ / ‖x̂₀‖ for one step of the schedule; infinite before there are two evaluations.</summary>
    public double PerStep { get; private set; } = double.PositiveInfinity;

    /// <summary>Notes what an evaluation expects.</summary>
    /// <param name="expected">x̂₀, [B, 4, h, w]; it stays the caller's.</param>
    /// <param name="steps">How many steps of the schedule the run goes on from here to its next evaluation.</param>
    public void Observe(Tensor expected, int steps)
    {
        PerStep = latest is null ? double.PositiveInfinity : RelativeChange(latest, expected) / stepsSinceLatest;
        latest?.Dispose();
        latest = expected.alias().DetachFromDisposeScope();
        stepsSinceLatest = steps;
    }

    public void Dispose() => latest?.Dispose();

    private static double RelativeChange(Tensor before, Tensor after)
    {
        using var scope = NewDisposeScope();
        return (after - before).norm().item<float>() / Math.Max(after.norm().item<float>(), float.Epsilon);
    }
}
