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

    /// <summary>Prints the shortest seconds of denoising of each way, and their share of those with nothing spared.</summary>
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
            var ways = new (string Name, Func<Task<double>> Draw)[]
            {
                ("nothing spared", () => DrawAsync(first, request)),
                ("cached features", () => DrawAsync(first, request with { DeepCache = new DeepCacheOptions() })),
                ("guidance interval", () => DrawAsync(first, request with { GuidanceInterval = Interval })),
                ("relay", () => RelayAsync(first, second, request)),
            };
            var shortest = ways.Select(_ => double.PositiveInfinity).ToArray();
            for (var turn = 0; turn <= turns; turn++)
            {
                for (var i = 0; i < ways.Length; i++)
                {
                    var seconds = await ways[i].Draw();
                    shortest[i] = turn == 0 ? shortest[i] : Math.Min(shortest[i], seconds);
                }
            }

            for (var i = 0; i < ways.Length; i++)
            {
                Console.WriteLine(FormattableString.Invariant($"| {precision} | {ways[i].Name} | {shortest[i]:F3} s | {shortest[i] / shortest[0]:F2} |"));
            }
        }
    }

    private static async Task<double> DrawAsync(DiffusionModel model, GenerationRequest request) =>
        (await model.GenerateAsync(request)).Timings.Denoising.TotalSeconds;

    private static async Task<double> RelayAsync(DiffusionModel first, DiffusionModel second, GenerationRequest request)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var half = await first.DenoisePartiallyAsync(request, request.Steps / 2);
        var partial = clock.Elapsed.TotalSeconds;
        return partial + await DrawAsync(second, request with { ContinueFrom = half });
    }
}
