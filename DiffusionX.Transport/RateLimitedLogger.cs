using Microsoft.Extensions.Logging;

namespace DiffusionX.Transport;

/// <summary>
/// Bounds what strangers can write into a log: a burst of lines, then some a second. The next line that is let through is preceded by how
/// many were not. Errors are this end's own, and all let through.
/// </summary>
/// <param name="inner">The log.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed partial class RateLimitedLogger(ILogger inner, TimeProvider timeProvider) : ILogger
{
    private const int Burst = 200;
    private const double LinesPerSecond = 20;

    private readonly Lock sync = new();
    private double credit = Burst;
    private long last = timeProvider.GetTimestamp();
    private long leftOut;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel < LogLevel.Error)
        {
            if (!TryWrite(out var suppressed))
            {
                return;
            }

            if (suppressed > 0)
            {
                LogLeftOut(inner, suppressed);
            }
        }

        inner.Log(logLevel, eventId, state, exception, formatter);
    }

    private bool TryWrite(out long suppressed)
    {
        lock (sync)
        {
            var now = timeProvider.GetTimestamp();
            credit = Math.Min(Burst, credit + (timeProvider.GetElapsedTime(last, now).TotalSeconds * LinesPerSecond));
            last = now;
            suppressed = 0;
            if (credit < 1)
            {
                leftOut++;
                return false;
            }

            credit--;
            (suppressed, leftOut) = (leftOut, 0);
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Lines} lines were left out here: more came than a log should hold.")]
    private static partial void LogLeftOut(ILogger logger, long lines);
}
