using DiffusionX.Pipeline.Latents;

namespace DiffusionX.Pipeline;

/// <summary>
/// A run that one model began, for another to go on with along the same trajectory (Pan et al., "T-Stitch: Accelerating Sampling in
/// Pre-Trained Diffusion Models with Trajectory Stitching", 2024). Both need the same VAE, noise schedule and solver.
/// </summary>
/// <param name="Noisy">The latent where the run stopped.</param>
/// <param name="NextStep">The step of the whole schedule that comes next, from 0.</param>
/// <param name="Sigma">The noise there, σ/α, by which the model that goes on sees that it means the same step.</param>
public sealed record PartialDenoising(Latent Noisy, int NextStep, double Sigma)
{
    /// <summary>How many steps of the UNet were run.</summary>
    public int StepsRun { get; init; }
}
