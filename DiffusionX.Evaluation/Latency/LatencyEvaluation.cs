using DiffusionX.Evaluation.Prompts;

namespace DiffusionX.Evaluation.Latency;

/// <summary>
/// Has systems play the same sessions. They take turns session by session, and each session begins with another of them, so that a machine
/// that drifts hurts them alike. What a log has already is not played again.
/// </summary>
internal sealed class LatencyEvaluation
{
    private readonly IReadOnlyList<ISessionSystem> systems;
    private readonly long seed;
    private readonly IEnergyMeter energy;

    /// <param name="systems">The systems; they stay the caller's.</param>
    /// <param name="seed">The first session's seed; each following one has the seed that its rounds leave free.</param>
    /// <param name="energy">Tells the joules; null for the processor's own counters.</param>
    public LatencyEvaluation(IReadOnlyList<ISessionSystem> systems, long seed, IEnergyMeter? energy = null)
    {
        ArgumentNullException.ThrowIfNull(systems);
        this.systems = systems;
        this.seed = seed;
        this.energy = energy ?? new ProcessorEnergyMeter();
    }

    /// <summary>
    /// Plays the sessions that the log does not have. Before the first, each system plays one that is not measured: a first run is slower
    /// than any other.
    /// </summary>
    /// <param name="sessions">The sessions.</param>
    /// <param name="log">Where the measurements go.</param>
    /// <param name="show">Given what was drawn in each session that is played; called before it is logged.</param>
    /// <param name="progress">Told after each session.</param>
    /// <param name="cancellationToken">Stops within one step; the session that runs is lost, and no other.</param>
    public async Task RunAsync(
        IReadOnlyList<PromptSession> sessions, SessionLog log, Action<SessionOutcome>? show = null, IProgress<LatencyProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        ArgumentNullException.ThrowIfNull(log);
        var warm = false;
        for (var i = 0; i < sessions.Count; i++)
        {
            progress?.Report(new LatencyProgress(i, sessions.Count));
            var missing = Turn(i).Where(system => !log.Has(system.Name, sessions[i].Id)).ToArray();
            warm = warm || (missing.Length > 0 && await WarmUpAsync(sessions[0], cancellationToken).ConfigureAwait(false));
            foreach (var system in missing)
            {
                var outcome = await PlayAsync(system, sessions[i], SeedOf(sessions, i), cancellationToken).ConfigureAwait(false);
                show?.Invoke(outcome);
                log.Add(outcome.Measurement);
            }
        }

        progress?.Report(new LatencyProgress(sessions.Count, sessions.Count));
    }

    private IEnumerable<ISessionSystem> Turn(int first) => systems.Select((_, i) => systems[(first + i) % systems.Count]);

    private long SeedOf(IReadOnlyList<PromptSession> sessions, int index) => seed + sessions.Take(index).Sum(session => (long)session.Rounds.Length);

    private async Task<bool> WarmUpAsync(PromptSession session, CancellationToken cancellationToken)
    {
        foreach (var system in systems)
        {
            await system.PlayAsync(session, seed, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private async Task<SessionOutcome> PlayAsync(ISessionSystem system, PromptSession session, long sessionSeed, CancellationToken cancellationToken)
    {
        var before = energy.ReadJoules();
        var outcome = await system.PlayAsync(session, sessionSeed, cancellationToken).ConfigureAwait(false);
        return outcome with { Measurement = outcome.Measurement with { Joules = energy.ReadJoules() - before } };
    }
}
