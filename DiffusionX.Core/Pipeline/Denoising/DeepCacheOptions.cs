using DiffusionX.Transport;

namespace DiffusionX.Pipeline.Denoising;

/// <summary>
/// Whether and how often the deep part of the UNet is reused instead of computed: its features change slowly from step to step
/// (Ma et al., "DeepCache: Accelerating Diffusion Models for Free", 2023). It wants many small steps; with few, what is reused is stale.
/// </summary>
public sealed record DeepCacheOptions
{
    /// <summary>
    /// Of so many steps one computes the whole UNet, the others its shallow levels alone; at least 1, which reuses nothing.
    /// </summary>
    public int Interval { get; init; } = 3;

    /// <summary>The levels that every step computes, from the highest resolution down; at least 1, and fewer than the UNet has.</summary>
    public int ShallowLevels { get; init; } = 1;

    internal void Validate(OptionChecker check)
    {
        check.AtLeast(Interval, 1, nameof(Interval));
        check.AtLeast(ShallowLevels, 1, nameof(ShallowLevels));
    }
}
