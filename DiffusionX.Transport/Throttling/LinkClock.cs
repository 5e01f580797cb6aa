namespace DiffusionX.Transport.Throttling;

/// <summary>Time since the link was put in place, and waiting for it.</summary>
internal sealed class LinkClock(TimeProvider timeProvider)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    // Timers come late. A sender that is let go so much early keeps the link busy, and lateness does not add up over many frames.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(10);

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

    /// <summary>Waits until shortly before a time.</summary>
    public ValueTask WaitUntilNearlyAsync(TimeSpan time, CancellationToken cancellationToken) =>
        WaitUntilAsync(time - Slack, cancellationToken);

    /// <summary>Waits for something, but not beyond a time. Whether it was done by then.</summary>
    public async ValueTask<bool> IsDoneByAsync(Task task, TimeSpan time)
    {
        var left = time - Now;
        try
        {
            await task.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, timeProvider).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
