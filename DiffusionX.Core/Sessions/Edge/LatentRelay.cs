using DiffusionX.Transport;

namespace DiffusionX.Sessions.Edge;

/// <summary>
/// The edge runs the first part of the refinement's steps itself and sends the noisy latent; the cloud goes on from there without adding
/// noise (Pan et al., "T-Stitch", 2024). It needs the same VAE and noise schedule on both sides.
/// </summary>
/// <param name="EdgeShare">Which part of the steps the edge runs, above 0 and below 1. At least one step is left for each side.</param>
public sealed record LatentRelay(double EdgeShare = 0.4)
{
    /// <summary>How many of a run's steps the edge takes; 0 where there are too few to share.</summary>
    internal int EdgeSteps(int steps) => steps < 2 ? 0 : Math.Clamp((int)Math.Round(steps * EdgeShare), 1, steps - 1);

    internal void Validate(OptionChecker check) => check.Within(EdgeShare, 0.01, 0.99, nameof(EdgeShare));
}
