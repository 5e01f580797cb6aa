using DiffusionX.Evaluation.Latency;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Evaluation.Throughput;

/// <summary>
/// Many edges against one refiner over TCP, in turns for each of the systems that are compared: what the machine does besides meets all of
/// them alike.
/// </summary>
internal sealed class ThroughputEvaluation : IAsyncDisposable
{
    private readonly IReadOnlyList<RefinerUnderLoad> systems;

    private ThroughputEvaluation(IReadOnlyList<RefinerUnderLoad> systems)
    {
        this.systems = systems;
    }

    /// <summary>Starts a refiner for each of the models, with as many sessions of its own.</summary>
    /// <param name="edge">The edges' model.</param>
    /// <param name="clouds">The cloud's model, loaded for each of the systems; they stay the caller's.</param>
    /// <param name="prompts">What the sessions draw.</param>
    /// <param name="sessions">How many sessions each has.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<ThroughputEvaluation> StartAsync(
        DrawingSettings edge, IReadOnlyList<DrawingSettings> clouds, IReadOnlyList<string> prompts, int sessions, CancellationToken cancellationToken = default)
    {
        var started = new List<RefinerUnderLoad>();
        foreach (var cloud in clouds)
        {
            started.Add(await RefinerUnderLoad.StartAsync(edge, cloud, prompts, sessions, cancellationToken).ConfigureAwait(false));
        }

        return new ThroughputEvaluation(started);
    }

    /// <summary>So many clients that each ask for the next refinement when they have the one before.</summary>
    /// <param name="clients">How many.</param>
    /// <param name="time">For how long, in each turn.</param>
    /// <param name="turns">How many turns.</param>
    /// <param name="progress">Told after each of them.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>For each system a measurement of each turn.</returns>
    public Task<IReadOnlyList<LoadMeasurement>[]> PlayClosedAsync(
        int clients, TimeSpan time, int turns, Action? progress = null, CancellationToken cancellationToken = default) =>
        PlayAsync((fleet, _) => fleet.PlayClosedAsync(clients, time, cancellationToken), turns, progress);

    /// <summary>Refinements that are wished for at random times.</summary>
    /// <param name="perMinute">How many a minute.</param>
    /// <param name="time">For how long, in each turn.</param>
    /// <param name="turns">How many turns.</param>
    /// <param name="progress">Told after each of them.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>For each system a measurement of each turn.</returns>
    public Task<IReadOnlyList<LoadMeasurement>[]> PlayOpenAsync(
        double perMinute, TimeSpan time, int turns, Action? progress = null, CancellationToken cancellationToken = default) =>
        PlayAsync((fleet, turn) => fleet.PlayOpenAsync(perMinute, time, seed: turn, cancellationToken), turns, progress);

    public async ValueTask DisposeAsync()
    {
        foreach (var system in systems)
        {
            await system.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<LoadMeasurement>[]> PlayAsync(Func<EdgeFleet, int, Task<LoadMeasurement>> play, int turns, Action? progress)
    {
        var measured = systems.Select(_ => new List<LoadMeasurement>()).ToArray();
        for (var turn = 0; turn < turns; turn++)
        {
            foreach (var (system, list) in systems.Zip(measured))
            {
                list.Add(await play(system.Fleet, turn).ConfigureAwait(false));
                progress?.Invoke();
            }
        }

        return [.. measured];
    }

    /// <summary>A refiner and its edges.</summary>
    private sealed class RefinerUnderLoad(CloudRefiner refiner, EdgeFleet fleet) : IAsyncDisposable
    {
        public EdgeFleet Fleet => fleet;

        public static async Task<RefinerUnderLoad> StartAsync(
            DrawingSettings edge, DrawingSettings cloud, IReadOnlyList<string> prompts, int sessions, CancellationToken cancellationToken)
        {
            var options = new CloudRefinerOptions { Scheduler = cloud.Defaults.Scheduler, MaxConnections = Math.Max(sessions, 1) };
            var refiner = await CloudRefiner.StartAsync(cloud.Model, new TcpTransport(new TcpTransportOptions()), options, cancellationToken).ConfigureAwait(false);
            var link = new TcpTransport(TcpTransportOptions.FromAddress(refiner.Address));
            return new RefinerUnderLoad(refiner, await EdgeFleet.OpenAsync(edge, cloud, link, prompts, sessions, cancellationToken).ConfigureAwait(false));
        }

        public async ValueTask DisposeAsync()
        {
            await fleet.DisposeAsync().ConfigureAwait(false);
            await refiner.DisposeAsync().ConfigureAwait(false);
        }
    }
}
