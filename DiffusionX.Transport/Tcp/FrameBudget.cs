namespace DiffusionX.Transport.Tcp;

/// <summary>
/// Room for the large frames that arrive at a listener, over all its connections. Who finds none waits its turn, and where one has its room
/// for long while others wait, it is made to give it back.
/// </summary>
/// <param name="bytes">The room. A frame that is larger takes all of it.</param>
/// <param name="frameTimeout">How long a frame may take while others wait.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class FrameBudget(long bytes, TimeSpan frameTimeout, TimeProvider timeProvider)
{
    private readonly Lock sync = new();
    private readonly LinkedList<Share> taken = new();
    private readonly LinkedList<(Share Share, TaskCompletionSource<Share> Granted)> waiting = new();
    private ITimer? timer;
    private long used;

    /// <summary>Waits for room.</summary>
    /// <param name="frameBytes">The frame's size.</param>
    /// <param name="evict">Makes its holder give it back.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async ValueTask<Share> TakeAsync(int frameBytes, Action? evict, CancellationToken cancellationToken)
    {
        var share = new Share(this, Math.Min(frameBytes, bytes), evict);
        var granted = new TaskCompletionSource<Share>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (sync)
        {
            waiting.AddLast((share, granted));
            Grant();
        }

        try
        {
            return await granted.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            share.Dispose();
            throw;
        }
    }

    // Under the lock.
    private void Grant()
    {
        while (waiting.First is { } first && used + first.Value.Share.Bytes <= bytes)
        {
            var (share, granted) = first.Value;
            waiting.RemoveFirst();
            used += share.Bytes;
            share.Since = timeProvider.GetTimestamp();
            taken.AddLast(share);
            granted.SetResult(share);
        }

        timer?.Dispose();
        timer = waiting.Count == 0 || taken.First is not { } oldest
            ? null
            : timeProvider.CreateTimer(
                _ => EvictOldest(), null, Later(frameTimeout - timeProvider.GetElapsedTime(oldest.Value.Since)), Timeout.InfiniteTimeSpan);
    }

    private static TimeSpan Later(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;

    private void EvictOldest()
    {
        Share? slow;
        lock (sync)
        {
            slow = waiting.Count == 0 ? null : taken.First?.Value;
        }

        if (slow is not null)
        {
            slow.Evict();
            slow.Dispose();
        }
    }

    private void Return(Share share)
    {
        lock (sync)
        {
            if (taken.Remove(share))
            {
                used -= share.Bytes;
            }
            else if (waiting.FirstOrDefault(entry => entry.Share == share) is { Share: not null } entry)
            {
                waiting.Remove(entry);
            }

            Grant();
        }
    }

    /// <summary>The room of one frame. Disposing it gives it back, or takes it out of the line.</summary>
    internal sealed class Share(FrameBudget budget, long bytes, Action? evict) : IDisposable
    {
        public long Bytes => bytes;

        public long Since { get; set; }

        public void Evict() => evict?.Invoke();

        public void Dispose() => budget.Return(this);
    }
}
