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
/// of them gain nothing, do not fit into memory, or make a step long. It takes a second or two. A step that keeps a processor busy for
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
    private const double GoodEnough = 1.15;

    // What has to be gained, so that chance alone decides nothing.
    private const double Gain = 1.05;

    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);

    /// <summary>The machine, and what matters of the model.</summary>
    public string Key => FormattableString.Invariant(
        $"1; {Environment.MachineName}; {TorchRuntime.ProcessorThreads} threads, {compute.ProcessorThreads} for one; {parts.Device}; {parts.DenoisingLoop.Precision}; {StepCost} multiply-adds; {Side}; {choosesThreads}");

    private bool IsOnProcessor => parts.Device.type == DeviceType.CPU;

    private int Side => parts.UNet.Config.SampleSize;

    private long StepCost => 2 * UNetCost.MultiplyAdds(parts.UNet.Config, Side, Side);

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
        var perPicture = new SortedDictionary<int, double>();
        int? allThreadsFrom = null;
        var most = IsOnProcessor ? MostOnProcessor : MostOnDevice;
        for (var pictures = 1; pictures <= most; pictures *= 2)
        {
            if (Time(text, pictures, ref allThreadsFrom) is not { } step)
            {
                break;
            }

            var gains = perPicture.Count == 0 || perPicture.Values.Min() / (step.TotalSeconds / pictures) >= Gain;
            perPicture[pictures] = step.TotalSeconds / pictures;
            if (!gains || step > LongestStep)
            {
                break;
            }
        }

        return new BatchTuning(Choose(perPicture), allThreadsFrom, MayUseAllThreads && DecodesFasterOnAll());
    }

    private static int Choose(SortedDictionary<int, double> perPicture)
    {
        var best = perPicture.Values.DefaultIfEmpty().Min();
        return perPicture.Where(entry => entry.Value <= best * GoodEnough).Select(entry => entry.Key).DefaultIfEmpty(1).First();
    }

    private TextContext ReadEmptyPrompt()
    {
        var request = new GenerationRequest { Prompt = "", Steps = 1, GuidanceScale = 2 };
        var plan = GenerationPlan.Check(request, parts.Scheduler.As(SchedulerKind.Ddim), parts.Codec.Config, parts.UNet.Config);
        return parts.ReadPrompts(plan, images: 1);
    }

    /// <returns>How long a step of so many pictures takes; null where it does not fit into memory.</returns>
    private TimeSpan? Time(TextContext text, int pictures, ref int? allThreadsFrom)
    {
        try
        {
            using var scope = NewDisposeScope();
            using var whole = TextContext.Join([.. Enumerable.Repeat(text, pictures)]);
            var isGuided = parts.UNet.Config.GuidanceEmbeddingDim is null;
            var latent = randn([1, parts.UNet.Config.InChannels, Side, Side], ScalarType.Float32, parts.Device);
            UNetQuery[] queries = [.. Enumerable.Range(0, pictures).Select(_ => new UNetQuery(latent, 500, isGuided ? 2 : null))];
            void Step() => parts.DenoisingLoop.Guidance.Predict(queries, whole);
            var few = Shortest(compute.ProcessorThreads, Step);
            if (!MayUseAllThreads)
            {
                return few;
            }

            var all = Shortest(TorchRuntime.ProcessorThreads, Step);
            var pays = few.TotalSeconds / all.TotalSeconds >= Gain;
            allThreadsFrom = pays ? allThreadsFrom ?? pictures : null;
            return pays ? all : few;
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
        return Shortest(compute.ProcessorThreads, Decode) >= Gain * Shortest(TorchRuntime.ProcessorThreads, Decode);
    }

    // The shortest of several is what the work takes; what is longer was something else's.
    private TimeSpan Shortest(int threads, Action work)
    {
        const int Times = 4;
        using var sharing = compute.Share(threads);
        var shortest = TimeSpan.MaxValue;
        for (var i = 0; i < Times && !(i > 1 && shortest > LongestStep / Times); i++)
        {
            using var scope = NewDisposeScope();
            var began = Stopwatch.GetTimestamp();
            work();
            WaitForDevice();
            var took = Stopwatch.GetElapsedTime(began);
            shortest = i > 0 && took < shortest ? took : shortest;
        }

        return shortest;
    }

    private void WaitForDevice()
    {
        if (!IsOnProcessor)
        {
            cuda.synchronize();
        }
    }
}
