namespace DiffusionX.Sessions.Cloud;

/// <summary>
/// How often a request ends while others wait: so soon a place becomes free again. Whatever computes them, one device or a hundred
/// machines, this is their measured rate. Not for several threads.
/// </summary>
internal sealed class ServiceInterval(TimeProvider timeProvider)
{
    private const double Newest = 0.2;

    private long? lastEnd;

    /// <summary>The mean, of which the latest ones count most; what the last request took, while there is none.</summary>
    public TimeSpan Mean { get; private set; }

    /// <summary>A request has ended.</summary>
    /// <param name="compute">How long it was computed.</param>
    /// <param name="othersWait">Whether others wait for its place.</param>
    public void Ended(TimeSpan compute, bool othersWait)
    {
        var since = lastEnd is { } end ? timeProvider.GetElapsedTime(end) : compute;
        Mean = lastEnd is null || Mean == TimeSpan.Zero ? compute : Mean + (Newest * (since - Mean));
        lastEnd = othersWait ? timeProvider.GetTimestamp() : null;
    }
}
