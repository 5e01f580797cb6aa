using System.Diagnostics;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Pipeline.Batching;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Runtime;
using DiffusionX.Schedulers;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Pipeline;

/// <summary>
/// Measures how many pictures at once pay: steps of the model's own size with guidance, of one picture, of two, four and so on, until more
/// of them do not fit into memory or make a step long. It takes a few seconds. A step that keeps a processor busy for
/// itself is not measured: there is nothing to gain.
/// </summary>
/// <param name="parts">The model.</param>
/// <param name="compute">Its compute thread, which this runs on.</param>
/// <param name="choosesThreads">Whether the number of the processor's threads is to be measured too.</param>
internal sealed class BatchMeasurement(PipelineComponents parts, ComputeThread compute, bool choosesThreads)
{
    private const int MostOnProcessor = 16;
    private const int MostOnDevice = 32;

    // Multiply-adds of one picture's step from which a processor's threads wait for nothing but arithmetic.
    private const long BusyStep = 20_000_000_000;

    // A batch that is a little slower by the picture, and half as long by the step, is the better one.
    private const double GoodEnough = 1.1;

    // What has to be gained, so that chance alone decides nothing.
    private const double Gain = 1.05;

    // The first of them warms up.
    private const int Rounds = 5;

    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(4);

    /// <summary>The machine, and what matters of the model.</summary>
    public string Key => FormattableString.Invariant(
        $"1; {Machine}; {parts.Device}; {parts.DenoisingLoop.Precision}; {StepCost} multiply-adds; {Side}; {choosesThreads}");

    private string Machine => FormattableString.Invariant(
        $"{Processor.Identity}; {TorchRuntime.ProcessorThreads} threads, {compute.ProcessorThreads} for one");

    private bool IsOnProcessor => parts.Device.type == DeviceType.CPU;

    private int Side => parts.UNet.Config.SampleSize;

    private long StepCost => UNetCost.OfStep(parts.UNet.Config);

    private bool MayUseAllThreads => choosesThreads && IsOnProcessor && compute.ProcessorThreads < TorchRuntime.ProcessorThreads;

    /// <summary>Measures.</summary>
    public BatchTuning Measure()
    {
        if (IsOnProcessor && StepCost > BusyStep)
        {
            return BatchTuning.OneAtATime;
        }

        using var scope = NewDisposeScope();
        using var text = ReadEmptyPrompt();
        var steps = MeasureSteps(text);
        var paying = steps.Reverse().TakeWhile(step => MayUseAllThreads && step.Value.PaysOnAll);
        var allThreadsFrom = paying.Select(step => (int?)step.Key).LastOrDefault();
        return new BatchTuning(Choose(steps, allThreadsFrom), allThreadsFrom, MayUseAllThreads && DecodesFasterOnAll());
    }

    private static int Choose(SortedDictionary<int, Step> steps, int? allThreadsFrom)
    {
        TimeSpan Shorter(int pictures, Step step) => pictures >= allThreadsFrom ? step.OnAll : step.OnFew;
        var perPicture = steps.ToDictionary(step => step.Key, step => Shorter(step.Key, step.Value) / step.Key);
        var best = perPicture.Values.DefaultIfEmpty().Min();
        return perPicture.Where(entry => entry.Value <= best * GoodEnough).Select(entry => entry.Key).DefaultIfEmpty(1).Min();
    }

    // Round by round, so that what slows the machine down for a while does not decide on one size.
    private SortedDictionary<int, Step> MeasureSteps(TextContext text)
    {
        var clock = Stopwatch.StartNew();
        var steps = new SortedDictionary<int, Step>();
        var most = IsOnProcessor ? MostOnProcessor : MostOnDevice;
        for (var round = 0; round < Rounds && clock.Elapsed < LongEnough; round++)
        {
            for (var pictures = 1; pictures <= most; pictures *= 2)
            {
                if (MeasureStep(text, pictures) is not { } step)
                {
                    // It does not fit into memory, and larger ones do not either.
                    steps.Remove(pictures);
                    most = pictures / 2;
                    break;
                }

                steps[pictures] = round > 1 ? steps[pictures].ShorterOf(step) : step;
                most = step.OnFew > LongestStep ? Math.Min(most, pictures) : most;
            }
        }

        return steps;
    }

    private TextContext ReadEmptyPrompt()
    {
        var request = new GenerationRequest { Prompt = "", Steps = 1, GuidanceScale = 2 };
        var plan = GenerationPlan.Check(request, parts.Scheduler.As(SchedulerKind.Ddim), parts.Codec.Config, parts.UNet.Config);
        return parts.ReadPrompts(plan, images: 1);
    }

    /// <returns>How long a step of so many pictures takes; null where it does not fit into memory.</returns>
    private Step? MeasureStep(TextContext text, int pictures)
    {
        try
        {
            using var scope = NewDisposeScope();
            using var whole = TextContext.Join([.. Enumerable.Repeat(text, pictures)]);
            var isGuided = parts.UNet.Config.GuidanceEmbeddingDim is null;
            var latent = randn([1, parts.UNet.Config.InChannels, Side, Side], ScalarType.Float32, parts.Device);
            UNetQuery[] queries = [.. Enumerable.Range(0, pictures).Select(_ => new UNetQuery(latent, 500, isGuided ? 2 : null))];
            void Predict() => parts.DenoisingLoop.Guidance.Predict(queries, whole);
            var few = Time(compute.ProcessorThreads, Predict);
            return new Step(few, MayUseAllThreads ? Time(TorchRuntime.ProcessorThreads, Predict) : few);
        }
        catch (Exception error) when (OutOfMemory.Is(error))
        {
            return null;
        }
    }

    private bool DecodesFasterOnAll()
    {
        using var scope = NewDisposeScope();
        var latent = randn([1, parts.Codec.Config.LatentChannels, Side, Side], ScalarType.Float32, parts.Device);
        void Decode() => parts.Codec.Decode(latent);
        Step Once() => new(Time(compute.ProcessorThreads, Decode), Time(TorchRuntime.ProcessorThreads, Decode));
        Once();
        return Enumerable.Range(1, Rounds - 1).Select(_ => Once()).Aggregate((one, other) => one.ShorterOf(other)).PaysOnAll;
    }

    private TimeSpan Time(int threads, Action work)
    {
        using var sharing = compute.Share(threads);
        using var scope = NewDisposeScope();
        var began = Stopwatch.GetTimestamp();
        work();
        if (!IsOnProcessor)
        {
            cuda.synchronize();
        }

        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>How long something takes, on as many of the processor's threads as a picture keeps busy and on all.</summary>
    private sealed record Step(TimeSpan OnFew, TimeSpan OnAll)
    {
        public bool PaysOnAll => OnFew / OnAll >= Gain;

        // The shortest of several is what the work takes; what is longer was something else's.
        public Step ShorterOf(Step other) => new(OnFew < other.OnFew ? OnFew : other.OnFew, OnAll < other.OnAll ? OnAll : other.OnAll);
    }
}
