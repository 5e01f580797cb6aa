using System.Diagnostics;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Denoising;
using DiffusionX.Runtime;

namespace DiffusionX.Benchmarks;

/// <summary>What cached features, a guidance interval and a relay gain, in float32 and in bfloat16, by turns in one run.</summary>
internal static class SparedWork
{
    public const string Verb = "spared-work";

    // Sigmas outside of which guidance changes little: about half of a run's steps.
    private static readonly GuidanceInterval Interval = new() { LowestSigma = 0.3, HighestSigma = 5 };

    /// <summary>
    /// Prints the fewest seconds of each way, of the clock and of the processor's threads, which other work changes less, and their shares of those
    /// with nothing spared. Text and decoding count too.
    /// </summary>
    /// <param name="large">The model.</param>
    /// <param name="small">The model that takes the second half of a relay's steps, with the same VAE and text encoder.</param>
    /// <param name="side">The pictures' side in pixels.</param>
    /// <param name="steps">Steps of each picture, at least 2.</param>
    /// <param name="turns">How often each way is measured, after a turn that is not counted.</param>
    public static async Task MeasureAsync(string large, string small, int side, int steps, int turns)
    {
        TorchRuntime.TuneProcess();
        var request = new GenerationRequest { Prompt = "a red house", Steps = steps, Width = side, Height = side, Seed = 1 };
        foreach (var precision in new[] { Precision.Float32, Precision.BFloat16 })
        {
            var options = new DiffusionModelOptions { Precision = precision };
            using var first = await DiffusionModel.LoadAsync(large, options);
            using var second = await DiffusionModel.LoadAsync(small, options);
            var ways = new (string Name, Func<Task> Draw)[]
            {
                ("nothing spared", () => first.GenerateAsync(request)),
                ("cached features", () => first.GenerateAsync(request with { DeepCache = new DeepCacheOptions() })),
                ("guidance interval", () => first.GenerateAsync(request with { GuidanceInterval = Interval })),
                ("relay", () => RelayAsync(first, second, request)),
            };
            var fewest = ways.Select(_ => (Clock: double.PositiveInfinity, Processor: double.PositiveInfinity)).ToArray();
            for (var turn = 0; turn <= turns; turn++)
            {
                for (var i = 0; i < ways.Length; i++)
                {
                    var (clock, processor) = await TimeAsync(ways[i].Draw);
                    fewest[i] = turn == 0 ? fewest[i] : (Math.Min(fewest[i].Clock, clock), Math.Min(fewest[i].Processor, processor));
                }
            }

            for (var i = 0; i < ways.Length; i++)
            {
                var (own, all) = (fewest[i], fewest[0]);
                Console.WriteLine(FormattableString.Invariant(
                    $"| {precision} | {ways[i].Name} | {own.Clock:F3} | {own.Clock / all.Clock:F2} | {own.Processor:F3} | {own.Processor / all.Processor:F2} |"));
            }
        }
    }

    private static async Task<(double Clock, double Processor)> TimeAsync(Func<Task> draw)
    {
        using var process = Process.GetCurrentProcess();
        var (began, used) = (Stopwatch.GetTimestamp(), process.TotalProcessorTime);
        await draw();
        process.Refresh();
        return (Stopwatch.GetElapsedTime(began).TotalSeconds, (process.TotalProcessorTime - used).TotalSeconds);
    }

    private static async Task RelayAsync(DiffusionModel first, DiffusionModel second, GenerationRequest request)
    {
        var half = await first.DenoisePartiallyAsync(request, request.Steps / 2);
        await second.GenerateAsync(request with { ContinueFrom = half });
    }
}
