using DiffusionX.Pipeline.Latents;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline.Denoising;

/// <summary>Where a run was after a step, for another process to go on from as if it were the same one.</summary>
/// <param name="NextStep">The step that comes next, of the run's own plan.</param>
/// <param name="StepsRun">How many steps were computed.</param>
/// <param name="Latent">The latent there.</param>
/// <param name="Memory">What the solver remembers, the newest first.</param>
internal sealed record SavedDenoising(int NextStep, int StepsRun, Latent Latent, IReadOnlyList<(Latent Output, double Lambda)> Memory)
{
    /// <summary>Whether it is of a run with such latents.</summary>
    public bool HasSizeOf(Tensor latents) =>
        latents.shape.AsSpan().SequenceEqual([1, Latent.Channels, Latent.Height, Latent.Width]) && Memory.All(each => each.Output.HasSizeOf(Latent));
}
