namespace DiffusionX.Transport.Throttling;

/// <summary>
/// One direction of a link, as arithmetic: frames leave one after another at the bandwidth, and arrive a latency later, in order.
/// </summary>
internal sealed class LinkDirection(double mbps, TimeSpan latency, TimeSpan jitter, int seed)
{
    private const double BitsPerMegabit = 1e6;
    private const int BitsPerByte = 8;

    private readonly Random random = new(seed);
    private TimeSpan free;

    /// <summary>When the last frame arrives.</summary>
    public TimeSpan LastArrival { get; private set; }

    /// <summary>Lets a frame leave as soon as the frames before it have left.</summary>
    public FrameInTransit Reserve(TimeSpan now, long bytes)
    {
        var start = Later(now, free);
        free = start + TransferTime(bytes);
        LastArrival = Later(LastArrival, free + latency + (jitter * random.NextDouble()));
        return new FrameInTransit(start, free, LastArrival);
    }

    /// <summary>How long so many bytes take to leave.</summary>
    public TimeSpan TransferTime(long bytes) => TimeSpan.FromSeconds(bytes * BitsPerByte / (mbps * BitsPerMegabit));

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
