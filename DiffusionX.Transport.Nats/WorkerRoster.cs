namespace DiffusionX.Transport.Nats;

/// <summary>The workers that have been heard of lately, by their models.</summary>
/// <param name="silence">After what silence one counts as gone.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class WorkerRoster(TimeSpan silence, TimeProvider timeProvider)
{
    private readonly Lock sync = new();
    private readonly Dictionary<string, (WorkerHeartbeat Said, long Heard)> workers = [];

    /// <summary>How many requests all workers compute at once.</summary>
    public int Places => Live().Sum(worker => worker.Places);

    /// <summary>How many they compute now.</summary>
    public int Busy => Live().Sum(worker => worker.Busy);

    /// <summary>A figure of the workers, added up for each model.</summary>
    public IReadOnlyDictionary<string, long> ByModel(Func<WorkerHeartbeat, long> figure) =>
        Live().GroupBy(worker => worker.Model).ToDictionary(workers => workers.Key, workers => workers.Sum(figure));

    public void Hear(WorkerHeartbeat heartbeat)
    {
        lock (sync)
        {
            workers[heartbeat.Worker] = (heartbeat, timeProvider.GetTimestamp());
        }
    }

    /// <summary>Who is there; one that is about to stop has no places any more.</summary>
    public IReadOnlyList<WorkerHeartbeat> Live()
    {
        lock (sync)
        {
            foreach (var (name, (_, heard)) in workers.ToArray())
            {
                if (timeProvider.GetElapsedTime(heard) > silence)
                {
                    workers.Remove(name);
                }
            }

            return [.. workers.Values.Select(worker => worker.Said)];
        }
    }
}
