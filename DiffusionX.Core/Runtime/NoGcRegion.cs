using System.Runtime;

namespace DiffusionX.Runtime;

/// <summary>
/// A stretch of tensor work in which no garbage is collected. TorchSharp 0.107 hands libtorch the address of a <c>Scalar</c> that nothing
/// refers to any more: a collection during that call may free the number while it is read. Rare, but a training run makes millions of such
/// calls beside a thread that allocates.
/// </summary>
internal readonly struct NoGcRegion : IDisposable
{
    // What a training step allocates on the managed heap stays far below; if not, the collection comes after all.
    private const long Allowance = 32L << 20;

    /// <summary>Begins a stretch, unless another one is going on in this process or there is not enough memory for it.</summary>
    public static NoGcRegion Begin()
    {
        if (GCSettings.LatencyMode != GCLatencyMode.NoGCRegion)
        {
            GC.TryStartNoGCRegion(Allowance, disallowFullBlockingGC: false);
        }

        return default;
    }

    /// <summary>Ends it; what waited to be collected may be collected now.</summary>
    public void Dispose()
    {
        if (GCSettings.LatencyMode == GCLatencyMode.NoGCRegion)
        {
            GC.EndNoGCRegion();
        }
    }
}
