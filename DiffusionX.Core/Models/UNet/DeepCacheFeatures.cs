using static TorchSharp.torch;

namespace DiffusionX.Models.UNet;

/// <summary>What the deep levels of a UNet made of earlier steps, as one call of it reads it or writes it anew.</summary>
internal interface IDeepFeatures
{
    /// <summary>The levels that are computed at every step, from the highest resolution down.</summary>
    int ShallowLevels { get; }

    /// <summary>Whether the call can do without the deep levels.</summary>
    /// <param name="sample">What it is about to see, [B, C, h, w].</param>
    bool CanServe(Tensor sample);

    /// <summary>The deepest map that the shallow levels take, as a tensor of the caller's.</summary>
    /// <returns>[B, C, H, W].</returns>
    Tensor Serve();

    /// <summary>Keeps the map that a level is about to take, if that is the deepest of the shallow ones.</summary>
    /// <param name="map">[B, C, H, W]; it stays the caller's.</param>
    /// <param name="level">The level, 0 for the highest resolution.</param>
    /// <param name="sample">What the step sees, [B, C, h, w].</param>
    void KeepIfDeepest(Tensor map, int level, Tensor sample);
}

/// <summary>
/// What the deep levels of a UNet made of one step, for the steps after it (Ma et al., "DeepCache: Accelerating Diffusion Models for Free",
/// 2023). It belongs to one run, and a step of another batch is computed whole: what it keeps is of these very samples.
/// </summary>
internal sealed class DeepCacheFeatures : IDeepFeatures, IDisposable
{
    private readonly int interval;
    private Tensor? kept;
    private long[] keptFor = [];
    private int served;

    /// <param name="shallowLevels">
    /// The levels that are computed at every step, from the highest resolution down; at least 1, and fewer than there are.
    /// </param>
    /// <param name="interval">Of so many steps one is computed whole.</param>
    public DeepCacheFeatures(int shallowLevels, int interval)
    {
        ShallowLevels = shallowLevels;
        this.interval = interval;
    }

    /// <inheritdoc/>
    public int ShallowLevels { get; }

    /// <inheritdoc/>
    public bool CanServe(Tensor sample) => CanServe(sample.shape);

    /// <summary>Whether the next step can do without the deep levels.</summary>
    /// <param name="sample">The shape of what it is about to see, [B, C, h, w].</param>
    public bool CanServe(long[] sample) => kept is not null && served < interval - 1 && sample.AsSpan().SequenceEqual(keptFor);

    /// <inheritdoc/>
    public Tensor Serve()
    {
        CountServed();
        return Kept();
    }

    /// <summary>What <see cref="Serve"/> gives, for a step that may have to be taken again.</summary>
    public Tensor Kept() => kept!.alias();

    /// <summary>A step did without the deep levels.</summary>
    public void CountServed() => served++;

    /// <inheritdoc/>
    public void KeepIfDeepest(Tensor map, int level, Tensor sample)
    {
        if (level == ShallowLevels - 1)
        {
            Keep(map.alias(), sample.shape);
        }
    }

    /// <summary>Keeps a map, in the place of the one before.</summary>
    /// <param name="map">[B, C, H, W]; from now on this one's.</param>
    /// <param name="sample">The shape of what the step saw, [B, C, h, w].</param>
    public void Keep(Tensor map, long[] sample)
    {
        kept?.Dispose();
        kept = map.DetachFromDisposeScope();
        keptFor = sample;
        served = 0;
    }

    public void Dispose() => kept?.Dispose();
}
