using System.Diagnostics;
using DiffusionX.Pipeline.Batching;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline;

/// <summary>
/// Takes the steps of several runs at once. The runs under way are kept on the model's compute thread, and each of the engine's turns there
/// takes one step: of those that fit together, in one call of the UNet. Runs begin and end between any two turns, and so does what else the
/// compute thread is asked for. Where one owner has taken all places, another one's first run begins all the same, and its steps come
/// between theirs. All runs under way have the same LoRAs in their weights: a run with others waits for them to end, and none
/// that came after it begins before it.
/// </summary>
internal sealed class BatchEngine
{
    // Who runs what nobody else has a name for.
    private static readonly object Nobody = new();

    private readonly Lock sync = new();
    private readonly ComputeThread compute;
    private readonly PipelineComponents parts;
    private readonly Func<IReadOnlyList<LoraSelection>> ownLoras;
    private readonly int? maxBatch;
    private readonly bool choosesThreads;
    private readonly List<BatchItem> waiting = [];
    private readonly List<BatchedRun> underWay = [];
    private readonly StepOrder order = new();
    private readonly ThreadChoice threads;
    private readonly SharedTexts texts = new();
    private readonly BatchedCoding coding;
    private readonly List<Action> settled = [];
    private BatchTuning? tuning;
    private int takenPlaces;
    private int halvedTo = int.MaxValue;
    private bool isScheduled;

    /// <param name="compute">The model's compute thread.</param>
    /// <param name="parts">The model.</param>
    /// <param name="options">The model's options.</param>
    /// <param name="ownLoras">The LoRAs of runs that name none.</param>
    public BatchEngine(
        ComputeThread compute, PipelineComponents parts, DiffusionModelOptions options, Func<IReadOnlyList<LoraSelection>> ownLoras)
    {
        this.compute = compute;
        this.parts = parts;
        coding = new BatchedCoding(parts);
        this.ownLoras = ownLoras;
        maxBatch = options.MaxBatch;
        choosesThreads = options.Threads is null;
        threads = new ThreadChoice(compute.ProcessorThreads, TorchRuntime.ProcessorThreads);
        tuning = maxBatch == 1 ? BatchTuning.OneAtATime : null;
    }

    /// <summary>The most pictures of the model's own size in one step; 1 before that was measured.</summary>
    public int MaxBatch => maxBatch ?? Volatile.Read(ref tuning)?.MaxBatch ?? 1;

    /// <summary>How many more pictures it would begin with now; those that wait have their places already.</summary>
    public int FreePlaces
    {
        get
        {
            lock (sync)
            {
                return Math.Max(0, MaxBatch - takenPlaces);
            }
        }
    }

    /// <summary>How many more begin, each the first of its owner, where others of one owner have taken the places.</summary>
    public int MaxNewcomers => MaxBatch > 1 ? MaxBatch : 0;

    private static TimeSpan Now => Stopwatch.GetElapsedTime(0);

    private int Limit => Math.Min(MaxBatch, halvedTo);

    /// <summary>Runs a run.</summary>
    /// <param name="run">The run, the engine's from now on.</param>
    /// <param name="collect">Takes out of it what its caller asked for, when it is done.</param>
    /// <param name="loras">The LoRAs that it needs in the weights; null for the model's own.</param>
    /// <param name="timeLeft">How long it may take; null for as long as it does.</param>
    /// <param name="owner">Whose it is: owners share the time. Null for the one that all others have.</param>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Task<T> RunAsync<T>(
        GenerationRun run, Func<T> collect, IReadOnlyList<LoraSelection>? loras, TimeSpan? timeLeft = null, object? owner = null)
    {
        var item = new BatchedRun<T>(run, collect, loras, PlacesOf(run.Plan), Now, Now + timeLeft, owner ?? Nobody);
        Enqueue(item);
        return item.Completion;
    }

    /// <summary>Does work when the runs that were asked for before have ended, and before those begin that are asked for later.</summary>
    /// <param name="work">The work.</param>
    /// <param name="cancellationToken">Takes it back before it starts.</param>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Task BetweenRunsAsync(Action work, CancellationToken cancellationToken)
    {
        var item = new WorkBetweenRuns(work, cancellationToken);
        Enqueue(item);
        return item.Completion;
    }

    /// <summary>Finds out how many pictures at once pay, unless that is known; on the compute thread.</summary>
    public void Tune()
    {
        if (tuning is null)
        {
            var measurement = new BatchMeasurement(parts, compute, choosesThreads);
            Volatile.Write(ref tuning, BatchTuning.File.GetOrMeasure(measurement.Key, measurement.Measure));
        }
    }

    private int PlacesOf(GenerationPlan plan)
    {
        var own = (double)parts.UNet.Config.SampleSize * parts.UNet.Config.SampleSize;
        var sizes = Math.Max(1, plan.LatentHeight * plan.LatentWidth / own);
        return (int)Math.Ceiling(plan.Request.ImageCount * sizes);
    }

    private void Enqueue(BatchItem item)
    {
        lock (sync)
        {
            ObjectDisposedException.ThrowIf(compute.IsDisposed, this);
            waiting.Add(item);
            takenPlaces += item.Places;
            Schedule();
        }
    }

    private void Schedule()
    {
        if (!isScheduled)
        {
            isScheduled = compute.TryPost(Turn);
        }
    }

    // What is queued on the compute thread meanwhile comes before the next turn. A thread that ends finishes what was asked for.
    private void Turn()
    {
        do
        {
            TakeTurn();
        }
        while (!Continue());
    }

    /// <returns>Whether there is nothing left to do here and now.</returns>
    private bool Continue()
    {
        lock (sync)
        {
            isScheduled = false;
            if (waiting.Count == 0 && underWay.Count == 0)
            {
                return true;
            }

            Schedule();
            return isScheduled;
        }
    }

    private void TakeTurn()
    {
        try
        {
            using var scope = NewDisposeScope();
            LetCancelledGo();
            BeginWaiting();
            Step();
            LetCancelledGo();
            FinishDone();
        }
        catch (Exception error)
        {
            // What is wrong here is wrong with this engine. Nobody is to wait for it for ever.
            foreach (var item in Waiting().Concat(underWay).ToArray())
            {
                Leave(item, error);
            }
        }

        if (underWay.Count == 0)
        {
            halvedTo = int.MaxValue;
        }

        // Whoever waited may look at once for what the run has left behind: nothing.
        settled.ForEach(settle => settle());
        settled.Clear();
    }

    private void LetCancelledGo()
    {
        foreach (var item in Waiting().Where(item => item.CancellationToken.IsCancellationRequested))
        {
            Leave(item, new OperationCanceledException(item.CancellationToken));
        }

        foreach (var run in underWay.Where(run => run.CancellationToken.IsCancellationRequested).ToArray())
        {
            Leave(run, new OperationCanceledException(run.CancellationToken));
        }
    }

    private void BeginWaiting()
    {
        var beginning = new List<BatchedRun>();
        foreach (var item in Waiting())
        {
            if (item is WorkBetweenRuns work && underWay.Count == 0 && beginning.Count == 0)
            {
                Guard(work, work.Execute, then: () => Leave(work, work.Complete));
            }
            else if (item is BatchedRun run && MayBegin(run, beginning))
            {
                beginning.Add(run);
            }
            else
            {
                break;
            }
        }

        Begin(beginning);
    }

    private bool MayBegin(BatchedRun run, List<BatchedRun> beginning)
    {
        BatchedRun[] others = [.. underWay, .. beginning];
        if (others.Length == 0)
        {
            return true;
        }

        if (tuning is null)
        {
            Tune();
        }

        // What is under way beyond the places of a step takes little memory: it waits for its step.
        var isNewcomer = TimeShares.IsNewBesideMany(run.Owner, [.. others.Select(other => other.Owner)]);
        var limit = isNewcomer ? Limit + MaxNewcomers : Limit;
        return others.Sum(other => other.Places) + run.Places <= limit && LorasOf(run).SequenceEqual(LorasOf(others[0]));
    }

    private IReadOnlyList<LoraSelection> LorasOf(BatchedRun run) => run.Loras ?? ownLoras();

    private void Begin(List<BatchedRun> runs)
    {
        foreach (var run in runs)
        {
            Forget(run);
            underWay.Add(run);
        }

        if (runs.Count > 1)
        {
            coding.Read(runs, LorasOf(runs[0]));
            coding.Encode(runs);
        }

        foreach (var run in runs)
        {
            BatchTelemetry.Began(Now - run.Asked);
            Guard(run, () =>
            {
                parts.UseLoras(LorasOf(run));
                run.Run.Prepare();
            });
        }
    }

    private void Step()
    {
        if (underWay.Count == 0)
        {
            return;
        }

        var runs = order.Next(underWay, Limit, Now);
        var began = Now;
        var shape = runs[0].NextShape;
        var places = runs.Sum(run => run.Places);
        var threadCount = ThreadsFor(shape, places);
        if (Predict(runs, shape, threadCount) is not { } predictions)
        {
            return;
        }

        var occupancy = underWay.Sum(run => run.Places) / (double)Math.Max(MaxBatch, 1);
        BatchTelemetry.Stepped(runs.Sum(run => run.Run.Plan.Request.ImageCount), occupancy);
        foreach (var (run, prediction) in runs.Zip(predictions))
        {
            Guard(run, () => run.Run.AfterStep(run.Run.Denoising.Advance(prediction, shape.IsReused)));
        }

        WaitForDevice();
        order.Took(runs, shape, Now - began);
        threads.Took(shape, places, threadCount, Now - began);
    }

    /// <returns>What the UNet answers each of the runs; null where it could not, and nothing has changed for those that go on.</returns>
    private Tensor[]? Predict(IReadOnlyList<BatchedRun> runs, StepShape shape, int threadCount)
    {
        var alone = runs is [var only] ? only.CancellationToken : CancellationToken.None;
        using var cancellation = ComputeCancellation.By(alone);
        using var sharing = compute.Share(threadCount);
        try
        {
            parts.UseLoras(LorasOf(runs[0]));
            DenoisingRun[] asking = [.. runs.Select(run => run.Run.Denoising)];
            return parts.DenoisingLoop.Guidance.Predict([.. asking.Select(run => run.Ask())], texts.Of(shape, asking));
        }
        catch (Exception error) when (runs.Count > 1)
        {
            Separate(runs, error);
        }
        catch (Exception error)
        {
            Leave(runs[0], error);
        }

        return null;
    }

    // What does not fit together may fit in halves. Any other error is one run's: it fails when it goes alone, and the others go on.
    private void Separate(IReadOnlyList<BatchedRun> runs, Exception error)
    {
        if (OutOfMemory.Is(error))
        {
            halvedTo = Math.Max(1, runs.Sum(run => run.Places) / 2);
            BatchTelemetry.Halved();
            return;
        }

        foreach (var run in runs)
        {
            run.IsAlone = true;
        }
    }

    private int ThreadsFor(StepShape shape, int places) => threads.Next(shape, places, usesAll: places >= tuning?.AllThreadsFrom);

    // What a GPU is asked for is queued, and a run that begins now, or leaves, would do so many steps later. A run alone loses nothing.
    private void WaitForDevice()
    {
        if (parts.Device.type == DeviceType.CUDA && underWay.Count + Waiting().Length > 1)
        {
            cuda.synchronize();
        }
    }

    private void FinishDone()
    {
        BatchedRun[] done = [.. underWay.Where(run => run.Run.Denoising.IsDone)];
        foreach (var run in done.Where(run => run.Run.Plan.StopAfter is not null))
        {
            Finish(run);
        }

        var ofPictures = done.Select(run => (Run: run, run.Run.Plan)).Where(each => each.Plan.StopAfter is null);
        foreach (var alike in ofPictures.GroupBy(each => (each.Plan.Height, each.Plan.Width, each.Plan.Request.UsesPreviewDecoder), each => each.Run))
        {
            Decode([.. alike]);
        }
    }

    private void Decode(BatchedRun[] runs)
    {
        using var threads = compute.Share(tuning?.DecodesOnAllThreads == true ? TorchRuntime.ProcessorThreads : compute.ProcessorThreads);
        if (coding.TryDecode(runs) is { } pictures)
        {
            foreach (var (run, pixels) in runs.Zip(pictures))
            {
                Finish(run, () => pixels);
            }

            return;
        }

        foreach (var run in runs)
        {
            Finish(run, () =>
            {
                run.CancellationToken.ThrowIfCancellationRequested();
                return parts.DecodePixels(run.Run.Denoising.Latents, run.Run.Plan.Request.UsesPreviewDecoder, run.CancellationToken);
            });
        }
    }

    private void Finish(BatchedRun run, Func<Tensor>? decode = null) => Guard(
        run,
        () =>
        {
            if (decode is not null)
            {
                run.Run.TakePictures(decode());
            }

            run.Collect();
        },
        then: () => Leave(run, run.Complete));

    // What goes wrong with one is no other's business.
    private void Guard(BatchItem item, Action work, Action? then = null)
    {
        try
        {
            work();
        }
        catch (Exception error)
        {
            Leave(item, error);
            return;
        }

        then?.Invoke();
    }

    private void Leave(BatchItem item, Exception error) => Leave(item, () => item.Fail(error));

    private void Leave(BatchItem item, Action tell)
    {
        Forget(item);
        if (item is BatchedRun run)
        {
            underWay.Remove(run);
            if (run.Run.IsPrepared)
            {
                texts.Forget(run.Run.Denoising);
            }

            run.Run.Dispose();
        }

        lock (sync)
        {
            takenPlaces -= item.Places;
        }

        settled.Add(tell);
    }

    private void Forget(BatchItem item)
    {
        lock (sync)
        {
            waiting.Remove(item);
        }
    }

    private BatchItem[] Waiting()
    {
        lock (sync)
        {
            return [.. waiting];
        }
    }
}
