namespace DiffusionX.Sessions.Edge;

/// <summary>Progress that somebody may begin to watch later; the latest report is told at once then.</summary>
internal sealed class ReplayProgress : IProgress<RefinementProgress>
{
    private readonly Lock sync = new();
    private IProgress<RefinementProgress>? watcher;
    private RefinementProgress? latest;

    /// <summary>The most steps that a report told of.</summary>
    public int StepsSeen { get; private set; }

    public void Report(RefinementProgress value)
    {
        lock (sync)
        {
            latest = value;
            StepsSeen = Math.Max(StepsSeen, value.Step);
            watcher?.Report(value);
        }
    }

    public void Watch(IProgress<RefinementProgress>? newWatcher)
    {
        lock (sync)
        {
            watcher = newWatcher;
            if (latest is not null)
            {
                watcher?.Report(latest);
            }
        }
    }
}
