namespace DiffusionX.Transport.Throttling;

/// <summary>Time since the link was put in place, and waiting for it. Timers tick in milliseconds.</summary>
internal sealed class LinkClock(TimeProvider timeProvider)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    private readonly long origin = timeProvider.GetTimestamp();

    public TimeSpan Now => timeProvider.GetElapsedTime(origin);

    /// <summary>Waits until a time, never shorter.</summary>
    public async ValueTask WaitUntilAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        for (var left = time - Now; left > TimeSpan.Zero; left = time - Now)
        {
            await Task.Delay(left < Tick ? Tick : left, timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until a tick before a time, never longer: the line stays busy until then, so that rounding does not add up over many frames.</summary>
    public async ValueTask PaceAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        if (time - Now is var left && left >= Tick)
        {
            await Task.Delay(left, timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }
}
