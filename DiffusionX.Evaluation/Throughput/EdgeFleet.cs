using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using DiffusionX.Evaluation.Latency;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Edge;
using DiffusionX.Transport;

namespace DiffusionX.Evaluation.Throughput;

/// <summary>
/// Sessions that each have a draft of their own and have it refined again and again by one refiner: many edges, without the time of their
/// users and of their drawing.
/// </summary>
internal sealed class EdgeFleet : IAsyncDisposable
{
    // What the drafts show does not matter here.
    private const int DraftSteps = 4;

    private readonly IReadOnlyList<EdgeSession> sessions;

    private EdgeFleet(IReadOnlyList<EdgeSession> sessions)
    {
        this.sessions = sessions;
    }

    /// <summary>How many sessions there are.</summary>
    public int Count => sessions.Count;

    /// <summary>Opens the sessions, draws their drafts and connects them.</summary>
    /// <param name="edge">The edges' model, which they share.</param>
    /// <param name="cloud">How the cloud's model draws.</param>
    /// <param name="link">The way to the refiner.</param>
    /// <param name="prompts">What they draw, one after another.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<EdgeFleet> OpenAsync(
        DrawingSettings edge, DrawingSettings cloud, ITransport link, IReadOnlyList<string> prompts, int count, CancellationToken cancellationToken = default)
    {
        var sessions = new List<EdgeSession>();
        for (var i = 0; i < count; i++)
        {
            var session = await EdgeSession.OpenAsync(edge.Model, link, Options(edge, cloud, seed: i), cancellationToken).ConfigureAwait(false);
            sessions.Add(session);
            await session.PromptAsync(prompts[i % prompts.Count], cancellationToken: cancellationToken).ConfigureAwait(false);
            await session.ConnectAsync(cancellationToken).ConfigureAwait(false);
        }

        return new EdgeFleet(sessions);
    }

    /// <summary>Closed loop: each client asks for its next refinement when it has the one before.</summary>
    /// <param name="clients">How many of the sessions ask.</param>
    /// <param name="time">For how long they begin new ones.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<LoadMeasurement> PlayClosedAsync(int clients, TimeSpan time, CancellationToken cancellationToken = default)
    {
        var samples = new ConcurrentBag<RefinementSample>();
        using var figures = new EngineFigures();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(i => Task.Run(() => LoopAsync(i), cancellationToken))).ConfigureAwait(false);
        return new LoadMeasurement(clients, time, [.. samples], figures.MeanBatch);

        async Task LoopAsync(int number)
        {
            while (clock.Elapsed < time)
            {
                samples.Add(await RefineAsync(number, clock, clock.Elapsed, cancellationToken).ConfigureAwait(false));
            }
        }
    }

    /// <summary>
    /// Open loop: refinements are wished for at random times (a Poisson process), however many are under way. One for which no session is
    /// free waits for one, and that is part of its time.
    /// </summary>
    /// <param name="perMinute">How many a minute, in the mean.</param>
    /// <param name="time">For how long they are wished for.</param>
    /// <param name="seed">The same seed has the same times.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<LoadMeasurement> PlayOpenAsync(double perMinute, TimeSpan time, int seed, CancellationToken cancellationToken = default)
    {
        var samples = new ConcurrentBag<RefinementSample>();
        var free = Channel.CreateUnbounded<int>();
        for (var i = 0; i < sessions.Count; i++)
        {
            free.Writer.TryWrite(i);
        }

        using var figures = new EngineFigures();
        var (random, clock, asked) = (new Random(seed), Stopwatch.StartNew(), new List<Task>());
        for (var next = Gap(random, perMinute); next < time; next += Gap(random, perMinute))
        {
            await Task.Delay(next > clock.Elapsed ? next - clock.Elapsed : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            var wished = next;
            asked.Add(Task.Run(() => AskAsync(wished), cancellationToken));
        }

        await Task.WhenAll(asked).ConfigureAwait(false);
        return new LoadMeasurement(sessions.Count, time, [.. samples], figures.MeanBatch);

        async Task AskAsync(TimeSpan wished)
        {
            var number = await free.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            samples.Add(await RefineAsync(number, clock, wished, cancellationToken).ConfigureAwait(false));
            free.Writer.TryWrite(number);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in sessions)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static EdgeSessionOptions Options(DrawingSettings edge, DrawingSettings cloud, long seed) => new()
    {
        Seed = seed,
        Steps = DraftSteps,
        GuidanceScale = edge.Defaults.GuidanceScale,
        Scheduler = edge.Defaults.Scheduler,
        Refinement = new RefinementOptions { Steps = cloud.Defaults.Steps, GuidanceScale = cloud.Defaults.GuidanceScale, FallBackToEdge = false },
    };

    private static TimeSpan Gap(Random random, double perMinute) => TimeSpan.FromMinutes(-Math.Log(1 - random.NextDouble()) / perMinute);

    private async Task<RefinementSample> RefineAsync(int number, Stopwatch clock, TimeSpan wished, CancellationToken cancellationToken)
    {
        try
        {
            await sessions[number].FinalizeAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            return new RefinementSample(number, wished, clock.Elapsed, Trouble: null);
        }
        catch (Exception error) when (error is RefinementException or TransportException)
        {
            return new RefinementSample(number, wished, clock.Elapsed, error.Message);
        }
    }
}
