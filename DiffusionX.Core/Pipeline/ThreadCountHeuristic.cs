using DiffusionX.Models.UNet;

namespace DiffusionX.Pipeline;

/// <summary>How many of the processor's threads a UNet's steps keep busy.</summary>
internal static class ThreadCountHeuristic
{
    // Measured with the scenes models: a step of 0.4 thousand million multiply-adds took 26 ms on one thread and 73 on two, one of 3.4 as
    // long on either.
    private const long WorkOfAThread = 2_000_000_000;

    /// <summary>As many as there is work for, at its native size.</summary>
    /// <param name="unet">The UNet's shape.</param>
    /// <param name="available">How many there are, at least 1.</param>
    public static int Of(UNet2DConditionConfig unet, int available) => (int)Math.Clamp(UNetCost.OfStep(unet) / WorkOfAThread, 1, available);
}
