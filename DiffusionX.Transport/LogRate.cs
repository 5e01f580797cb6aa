namespace DiffusionX.Transport;

/// <summary>Bounds what strangers can write into a log: a burst of lines, then some a second. The next line that is let through tells how many were not.</summary>
internal sealed class LogRate(TimeProvider timeProvider)
{
    private const int Burst = 50;
    private const double LinesPerSecond = 5;

    private readonly Lock sync = new();
    private double credit = Burst;
    private long last = timeProvider.GetTimestamp();
    private long leftOut;

    /// <summary>Whether one more line may be written.</summary>
    /// <param name="suppressed">How many were left out since the last one.</param>
    public bool TryWrite(out long suppressed)
    {
        lock (sync)
        {
            var now = timeProvider.GetTimestamp();
            credit = Math.Min(Burst, credit + (timeProvider.GetElapsedTime(last, now).TotalSeconds * LinesPerSecond));
            last = now;
            if (credit < 1)
            {
                leftOut++;
                suppressed = 0;
                return false;
            }

            credit--;
            (suppressed, leftOut) = (leftOut, 0);
            return true;
        }
    }
}
