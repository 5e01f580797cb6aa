namespace DiffusionX.Evaluation.Fleets;

/// <summary>
/// A fleet in simulated time, event by event: edges ask, think and ask again, more often in bursts; workers take what waits longest, die and
/// come back; what a dead one had is taken over after a silence, from the last latent that it saved.
/// </summary>
internal sealed class FleetSimulation
{
    private const double SaveEvery = 1;
    private const double ShortestRetry = 0.5;

    private readonly FleetSimulationOptions options;
    private readonly Random random;
    private readonly PriorityQueue<Action, double> events = new();
    private readonly LinkedList<Request> waiting = new();
    private readonly List<double> waits = [];
    private readonly List<double> times = [];
    private readonly Stack<Worker> free = new();
    private readonly double end;
    private double now;
    private double busySeconds;
    private long refused;
    private long turnedAway;
    private long done;
    private long takenOver;
    private int longestQueue;

    public FleetSimulation(FleetSimulationOptions options)
    {
        options.Validate();
        this.options = options;
        random = new Random(options.Seed);
        end = options.Hours * 3600;
    }

    /// <summary>Plays it.</summary>
    public FleetSimulationResult Run(CancellationToken cancellationToken = default)
    {
        for (var edge = 0; edge < options.Edges; edge++)
        {
            At(random.NextDouble() * options.ThinkSeconds, () => Ask(new Request { Asked = now, Left = Draw() }));
        }

        for (var worker = 0; worker < options.Workers; worker++)
        {
            Come();
        }

        while (events.TryDequeue(out var next, out var time) && time <= end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            now = time;
            next();
        }

        return new FleetSimulationResult
        {
            Done = done,
            Refused = refused,
            TakenOver = takenOver,
            LongestQueue = longestQueue,
            PerSecond = done / end,
            Occupancy = busySeconds / (end * options.Workers * options.PlacesPerWorker),
            Waits = waits,
            Times = times,
        };
    }

    private void At(double time, Action action) => events.Enqueue(action, time);

    private double Draw() => options.ServiceSeconds[random.Next(options.ServiceSeconds.Count)];

    private double Exponential(double mean) => -mean * Math.Log(1 - random.NextDouble());

    private bool IsBurst => now % options.BurstEvery < options.BurstSeconds;

    // In a burst the same edges think less.
    private void Think()
    {
        var pause = Exponential(options.ThinkSeconds / (IsBurst ? options.BurstFactor : 1));
        At(now + pause, () => Ask(new Request { Asked = now, Left = Draw() }));
    }

    private void Ask(Request request)
    {
        if (waiting.Count >= options.QueueCapacity)
        {
            refused += request.WasRefused ? 0 : 1;
            request.WasRefused = true;
            turnedAway++;

            // The measured rate, and the place among those that were refused, as gateways tell it.
            var interval = options.ServiceSeconds.Average() / (options.Workers * options.PlacesPerWorker);
            At(now + Math.Max(ShortestRetry, interval * turnedAway), () =>
            {
                turnedAway--;
                Ask(request);
            });
            return;
        }

        waiting.AddLast(request);
        longestQueue = Math.Max(longestQueue, waiting.Count);
        Give();
    }

    private void Come()
    {
        var worker = new Worker();
        for (var place = 0; place < options.PlacesPerWorker; place++)
        {
            free.Push(worker);
        }

        if (double.IsFinite(options.WorkerHours))
        {
            At(now + Exponential(options.WorkerHours * 3600), () => Die(worker));
        }

        Give();
    }

    private void Give()
    {
        while (waiting.Count > 0 && free.TryPop(out var worker))
        {
            if (worker.IsDead)
            {
                continue;
            }

            var request = waiting.First!.Value;
            waiting.RemoveFirst();
            Begin(worker, request);
        }
    }

    private void Begin(Worker worker, Request request)
    {
        if (!request.WasBegun)
        {
            waits.Add(now - request.Asked);
            request.WasBegun = true;
            request.Whole = request.Left;
        }

        var began = now;
        request.Began = began;
        worker.Requests.Add(request);
        At(now + request.Left, () =>
        {
            if (!worker.IsDead)
            {
                End(worker, request, began);
            }
        });
    }

    private void End(Worker worker, Request request, double began)
    {
        worker.Requests.Remove(request);
        busySeconds += now - began;
        done++;
        times.Add(now - request.Asked);
        free.Push(worker);
        Think();
        Give();
    }

    private void Die(Worker worker)
    {
        worker.IsDead = true;
        foreach (var request in worker.Requests)
        {
            busySeconds += now - request.Began;
            takenOver++;
            request.Left = LeftAfterDeath(request);
            At(now + options.AckWaitSeconds, () =>
            {
                waiting.AddFirst(request);
                Give();
            });
        }

        At(now + options.RestartSeconds, Come);
    }

    // Only what is past its half was saved, a second ago at most.
    private double LeftAfterDeath(Request request)
    {
        var left = request.Left - (now - request.Began) + SaveEvery;
        return left <= request.Whole / 2 ? left : request.Whole;
    }

    private sealed class Request
    {
        public required double Asked { get; init; }

        public required double Left { get; set; }

        public double Whole { get; set; }

        public double Began { get; set; }

        public bool WasBegun { get; set; }

        public bool WasRefused { get; set; }
    }

    private sealed class Worker
    {
        public List<Request> Requests { get; } = [];

        public bool IsDead { get; set; }
    }
}
