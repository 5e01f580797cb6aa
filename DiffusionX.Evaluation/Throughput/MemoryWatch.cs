namespace DiffusionX.Evaluation.Throughput;

/// <summary>What the process holds in memory, looked at every few seconds from its making to its disposal.</summary>
internal sealed class MemoryWatch : IAsyncDisposable
{
    private const double Megabyte = 1e6;

    // What is made once and kept is made in the first third.
    private const int WarmUpShare = 3;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly List<(double Minutes, double Managed, double Resident)> samples = [];
    private readonly CancellationTokenSource over = new();
    private readonly long began = TimeProvider.System.GetTimestamp();
    private readonly Task watching;

    public MemoryWatch()
    {
        watching = WatchAsync();
    }

    /// <summary>
    /// By how many megabytes a minute managed memory (garbage apart) and resident memory grew after the first third, on the lines that fit
    /// best; null where the time was too short for two samples.
    /// </summary>
    public async Task<(double Managed, double Resident)?> EndAsync()
    {
        await over.CancelAsync().ConfigureAwait(false);
        await watching.ConfigureAwait(false);
        var settled = samples.Skip(samples.Count / WarmUpShare).ToArray();
        return settled.Length < 2
            ? null
            : (Slope(settled, sample => sample.Managed), Slope(settled, sample => sample.Resident));
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync().ConfigureAwait(false);
        over.Dispose();
    }

    private static double Slope(
        (double Minutes, double Managed, double Resident)[] samples, Func<(double Minutes, double Managed, double Resident), double> quantity)
    {
        var (meanTime, mean) = (samples.Average(sample => sample.Minutes), samples.Average(quantity));
        return samples.Sum(sample => (sample.Minutes - meanTime) * (quantity(sample) - mean)) / samples.Sum(sample => Math.Pow(sample.Minutes - meanTime, 2));
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Period);
        try
        {
            while (await timer.WaitForNextTickAsync(over.Token).ConfigureAwait(false))
            {
                var managed = GC.GetTotalMemory(forceFullCollection: true) / Megabyte;
                samples.Add((TimeProvider.System.GetElapsedTime(began).TotalMinutes, managed, Environment.WorkingSet / Megabyte));
            }
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }
}
