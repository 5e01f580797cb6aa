using DiffusionX.Pipeline.Batching;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Sessions.Cloud;

/// <summary>
/// Takes requests on or refuses them, says whose turn it is, and sees to it that each ends in one answer. All of it happens under one lock
/// and never waits; what is told to clients goes through their send queues.
/// </summary>
internal sealed class RequestDispatcher : IDisposable
{
    private static readonly TimeSpan ShortestRetry = TimeSpan.FromMilliseconds(500);

    // A place that is kept for one who was told to stay away for long stays empty for as long.
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(5);

    private readonly Lock sync = new();
    private readonly CloudRefinerOptions options;
    private readonly IRefinementBackend backend;
    private readonly ILogger log;
    private readonly Dictionary<RequestKey, RefinementJob> jobs = [];
    private readonly FairQueue<RefinementJob> queue = new(job => job.Origin, job => job.Key.Session) { WeightOf = job => job.Weight };
    private readonly ResultCache kept;
    private readonly RetryTickets tickets;
    private readonly ComputeCost cost = new();
    private readonly SemaphoreSlim arrivals = new(0);
    private readonly ITimer forgetting;
    private readonly List<RefinementJob> running = [];
    private readonly ServiceInterval interval;
    private TimeSpan lastCompute;
    private bool lastWasInAHurry;
    private bool draining;

    /// <param name="options">The settings.</param>
    /// <param name="backend">What a request may ask for, and how many run at once.</param>
    /// <param name="log">Where to log to.</param>
    public RequestDispatcher(CloudRefinerOptions options, IRefinementBackend backend, ILogger log)
    {
        this.options = options;
        this.backend = backend;
        this.log = log;
        kept = new ResultCache(options);
        interval = new ServiceInterval(options.TimeProvider);
        tickets = new RetryTickets(options.TimeProvider);
        var period = options.KeepResults > TimeSpan.Zero ? options.KeepResults : Timeout.InfiniteTimeSpan;
        forgetting = options.TimeProvider.CreateTimer(_ => Forget(), null, period, period);
    }

    public (int Queued, bool Running, int Kept, bool Draining) State
    {
        get
        {
            lock (sync)
            {
                return (queue.Count, running.Count > 0, kept.Count, draining);
            }
        }
    }

    /// <summary>Takes a request on, finds the one that it repeats, or refuses it; the client hears which.</summary>
    public void Submit(ClientConnection client, Refine request)
    {
        // Looked at before the lock: what a stranger's bytes cost is the stranger's own time.
        var fault = backend.FindFault(request, client.Hello);
        var key = new RequestKey(client.SessionId, request.RequestId);
        lock (sync)
        {
            if (kept.Find(key) is { } result)
            {
                log.ResultSentAgain(key.Name);
                client.Post(result);
            }
            else if (jobs.TryGetValue(key, out var job) && job.StopReason == StopReason.None)
            {
                log.Resumed(key.Name);
                job.Attach(client);
                TellPlaces();
            }
            else if (FindRefusal(client, request, fault) is { } refusal)
            {
                Refuse(client, refusal);
            }
            else
            {
                var now = options.TimeProvider.GetTimestamp();
                TakeOnIfThereIsRoom(client, new RefinementJob(key, client.Origin, client.Hello, request, now)
                {
                    InLineSince = tickets.Since(key.Session),
                    Weight = Math.Min(cost.Weigh(request), Math.Max(1, options.QueueCapacity / 2)),
                });
            }
        }
    }

    /// <summary>A client does not want a request any more.</summary>
    public void Cancel(RequestKey key)
    {
        lock (sync)
        {
            if (jobs.TryGetValue(key, out var job))
            {
                Stop(job, StopReason.Cancelled);
            }
        }
    }

    /// <summary>A client's connection is gone.</summary>
    /// <param name="client">The client.</param>
    /// <param name="mayComeBack">Whether its requests go on for a while, because it did not go on purpose.</param>
    public void Leave(ClientConnection client, bool mayComeBack)
    {
        lock (sync)
        {
            foreach (var job in jobs.Values.Where(job => job.Client == client).ToArray())
            {
                var waits = mayComeBack && options.ResumeGrace > TimeSpan.Zero;
                job.Detach(waits ? After(options.ResumeGrace, job, StopReason.Abandoned) : null);
                if (!waits)
                {
                    Stop(job, StopReason.Abandoned);
                }
            }
        }
    }

    /// <summary>Whether a client has a request here.</summary>
    public bool Serves(ClientConnection client)
    {
        lock (sync)
        {
            return jobs.Values.Any(job => job.Client == client);
        }
    }

    /// <summary>Waits for the next request, and for a place for it; null when there will be none.</summary>
    public async ValueTask<RefinementJob?> NextAsync()
    {
        while (true)
        {
            lock (sync)
            {
                if ((running.Count < backend.Places ? Dequeue() : DequeueNewcomer()) is { } job)
                {
                    job.Place = backend.FirstPlace;
                    running.Add(job);
                    job.Began = options.TimeProvider.GetTimestamp();
                    CloudTelemetry.Queued(-1);
                    TellPlaces();
                    return job;
                }

                if (draining && queue.Count == 0)
                {
                    return null;
                }
            }

            await arrivals.WaitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Tells a request's client something, if it has one now.</summary>
    public void Tell(RefinementJob job, RequestMessage message)
    {
        lock (sync)
        {
            job.Client?.Post(message);
            job.Progress = message as Progress ?? job.Progress;
        }
    }

    /// <summary>A request that was given out waits behind others all the same, where it is computed.</summary>
    /// <param name="job">The request.</param>
    /// <param name="place">How many come before it; 0 when its turn has come.</param>
    public void MoveTo(RefinementJob job, int place)
    {
        lock (sync)
        {
            job.Place = place;
            Tell(job, place);
        }
    }

    /// <summary>How long a request that runs may still take.</summary>
    public TimeSpan TimeLeft(RefinementJob job) => job.Deadline - options.TimeProvider.GetElapsedTime(job.Arrived);

    /// <summary>Ends a request that runs.</summary>
    /// <param name="job">The request.</param>
    /// <param name="outcome">Its result or error. Where the request was stopped, that is what its client hears.</param>
    /// <param name="compute">How long it was computed.</param>
    public void Finish(RefinementJob job, RequestMessage outcome, TimeSpan compute)
    {
        lock (sync)
        {
            running.Remove(job);
            lastCompute = compute;
            if (outcome is Result)
            {
                cost.Learn(job.Request, compute);
            }

            interval.Ended(compute / Math.Max(backend.Places, 1), othersWait: queue.Count > 0);
            End(job, job.StopReason == StopReason.None ? outcome : ErrorReplies.Stopped(job.Key.Request, job.StopReason));
            arrivals.Release();
        }
    }

    /// <summary>Takes no new requests; those that were taken on are still computed.</summary>
    public void Drain()
    {
        lock (sync)
        {
            draining = true;
            arrivals.Release();
        }
    }

    /// <summary>
    /// Takes no new requests, and gives back at once what will not be done in a time: its clients try elsewhere rather than wait for that.
    /// </summary>
    public void Drain(TimeSpan limit)
    {
        Drain();
        lock (sync)
        {
            var places = backend.Places;
            var ends = running.Select(RestOf).Order().ToList();
            foreach (var job in running.Where(job => RestOf(job) > limit).ToArray())
            {
                Stop(job, StopReason.ShuttingDown);
            }

            ends.RemoveAll(end => end > limit);
            foreach (var job in queue.InOrder().ToArray())
            {
                // Where all places are taken, it begins when the first of them is free.
                var begins = ends.Count < places ? TimeSpan.Zero : ends[0];
                var end = begins + (cost.Of(job.Request) ?? TimeSpan.Zero);
                if (end > limit)
                {
                    Stop(job, StopReason.ShuttingDown);
                    continue;
                }

                ends = [.. ends.Skip(ends.Count < places ? 0 : 1).Append(end).Order()];
            }
        }
    }

    /// <summary>Stops all requests.</summary>
    public void StopAll()
    {
        lock (sync)
        {
            foreach (var job in jobs.Values.ToArray())
            {
                Stop(job, StopReason.ShuttingDown);
            }
        }
    }

    public void Dispose()
    {
        forgetting.Dispose();
        arrivals.Dispose();
    }

    // By its own steps, where some are done; else by what others took.
    private TimeSpan RestOf(RefinementJob job)
    {
        var elapsed = options.TimeProvider.GetElapsedTime(job.Began);
        return job.Progress is { Step: > 0 } progress ? elapsed * ((double)(progress.Steps - progress.Step) / progress.Step)
            : cost.Of(job.Request) is { } whole && whole > elapsed ? whole - elapsed
            : TimeSpan.Zero;
    }

    private Error? FindRefusal(ClientConnection client, Refine request, string? fault)
    {
        if (fault is not null)
        {
            return ErrorReplies.Invalid(request.RequestId, fault);
        }

        if (draining)
        {
            return ErrorReplies.Stopped(request.RequestId, StopReason.ShuttingDown);
        }

        return jobs.Keys.Count(key => key.Session == client.SessionId) >= options.MaxRequestsPerSession
            ? ErrorReplies.OverCapacity(
                request.RequestId, $"This session has {options.MaxRequestsPerSession} requests here already.", RetryAfter)
            : null;
    }

    // A place becomes free about when one more request is done.
    private TimeSpan RetryAfter => TimeOfAPlace > ShortestRetry ? TimeOfAPlace : ShortestRetry;

    private TimeSpan TimeOfAPlace => interval.Mean;

    // Who hurries goes first in every other turn at most: the others' wait no more than doubles.
    private RefinementJob? Dequeue()
    {
        if (!lastWasInAHurry && FindOneInAHurry() is { } hurried)
        {
            lastWasInAHurry = true;
            queue.Take(hurried);
            return hurried;
        }

        lastWasInAHurry = false;
        return queue.Dequeue();
    }

    // Whose address has nothing running does not wait for one that has taken all places: the two share the time.
    private RefinementJob? DequeueNewcomer()
    {
        if (running.Count >= backend.Places + backend.PlacesOfNewcomers)
        {
            return null;
        }

        object[] underWay = [.. running.Select(job => job.Origin)];
        var newcomer = queue.InOrder().FirstOrDefault(waiting => TimeShares.IsNewBesideMany(waiting.Origin, underWay));
        if (newcomer is not null)
        {
            queue.Take(newcomer);
        }

        return newcomer;
    }

    // One that would be late in its turn, and is in time now.
    private RefinementJob? FindOneInAHurry() => queue.InOrder()
        .Where((job, turn) => TimeLeft(job) is var left && left >= lastCompute && left < lastCompute + (turn * TimeOfAPlace))
        .MinBy(TimeLeft);

    private void Refuse(ClientConnection client, Error refusal)
    {
        log.Refused(SecretId.NameOf(refusal.RequestId), refusal.Code, refusal.Text);
        CloudTelemetry.Ended(refusal);
        client.Post(refusal);
    }

    // What waits counts by its cost, up to half of the queue: nobody fills it with one request. A full queue has room for who has little in it,
    // in the place of who has much. Free places are first for those who were refused before.
    private void TakeOnIfThereIsRoom(ClientConnection client, RefinementJob job)
    {
        var ahead = tickets.Ahead(job.Key.Session, job.Origin);

        // Who finds a free place does not wait, although it passes through the queue.
        var free = Math.Max(backend.Places - running.Count, 0);
        if (queue.Weight + ahead >= options.QueueCapacity + free)
        {
            if (queue.FindOneToDisplace(job) is not { } displaced)
            {
                var turn = RetryAfter * (ahead + 1);
                var retryAfter = turn < LongestRetry ? turn : LongestRetry;
                tickets.Keep(job.Key.Session, job.Origin, retryAfter);
                job.Dispose();
                Refuse(client, QueueIsFull(job, retryAfter));
                return;
            }

            queue.Remove(displaced);
            displaced.Stop(StopReason.Displaced);
            CloudTelemetry.Queued(-1);
            End(displaced, QueueIsFull(displaced, RetryAfter));
        }

        TakeOn(client, job);
    }

    private Error QueueIsFull(RefinementJob job, TimeSpan retryAfter) =>
        ErrorReplies.OverCapacity(job.Key.Request, $"As many requests wait here as {options.QueueCapacity} usual ones.", retryAfter);

    private void TakeOn(ClientConnection client, RefinementJob job)
    {
        tickets.Redeem(job.Key.Session);
        jobs[job.Key] = job;
        var deadline = options.DeadlineOf(job.Request);
        job.StopAt(deadline, After(deadline, job, StopReason.DeadlineExceeded));
        job.Attach(client);
        queue.Enqueue(job, comesAfterIt: other => other.InLineSince > job.InLineSince);
        CloudTelemetry.Queued(+1);
        TellPlaces();
        arrivals.Release();
    }

    private ITimer After(TimeSpan time, RefinementJob job, StopReason reason) =>
        options.TimeProvider.CreateTimer(_ => TimeIsUp(job, reason), null, time, Timeout.InfiniteTimeSpan);

    private void TimeIsUp(RefinementJob job, StopReason reason)
    {
        lock (sync)
        {
            var cameBack = reason == StopReason.Abandoned && job.Client is not null;
            if (!cameBack)
            {
                Stop(job, reason);
            }
        }
    }

    private void Stop(RefinementJob job, StopReason reason)
    {
        if (job.Stop(reason) && queue.Remove(job))
        {
            CloudTelemetry.Queued(-1);
            End(job, ErrorReplies.Stopped(job.Key.Request, reason));
            TellPlaces();
        }
    }

    private void End(RefinementJob job, RequestMessage outcome)
    {
        job.Dispose();
        if (jobs.GetValueOrDefault(job.Key) == job)
        {
            jobs.Remove(job.Key);
        }

        if (outcome is Result result)
        {
            kept.Add(job.Key, result);
        }

        log.Ended(job.Key.Name, outcome is Error error ? error.Code.ToString() : nameof(Result));
        CloudTelemetry.Ended(outcome);
        job.Client?.Post(outcome);
    }

    private void TellPlaces()
    {
        // How many have to end before its turn comes.
        var ahead = running.Count < backend.Places ? backend.FirstPlace : running.Max(job => job.Place) + 1;
        foreach (var job in queue.InOrder())
        {
            Tell(job, ahead++);
        }

        foreach (var job in running)
        {
            Tell(job, job.Place);
        }
    }

    private static void Tell(RefinementJob job, int place)
    {
        if (job.PlaceTold != place)
        {
            job.PlaceTold = place;
            job.Client?.Post(new Accepted { RequestId = job.Key.Request, QueuePlace = place });
        }
    }

    private void Forget()
    {
        lock (sync)
        {
            kept.Forget();
        }
    }
}
