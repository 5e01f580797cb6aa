using System.Diagnostics;
using System.Text.Json;
using DiffusionX.Models.UNet;
using DiffusionX.Pipeline;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Peers;

/// <summary>
/// What a model costs a process of its own: a step, decoding, text, loading and memory, as one line of JSON. It compiles against this library
/// and against earlier versions.
/// </summary>
internal static class PeerMeasurement
{
    /// <summary>Loads a model and draws pictures.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="side">The pictures' side in pixels.</param>
    /// <param name="steps">Steps of each picture.</param>
    /// <param name="pictures">How many of them; the shortest times count.</param>
    /// <param name="precision">The numbers to compute with.</param>
    public static async Task RunAsync(string folder, int side, int steps, int pictures, Precision precision)
    {
        // Earlier versions have nothing of the kind.
        typeof(TorchRuntime).GetMethod("TuneProcess")?.Invoke(null, null);

        var clock = Stopwatch.StartNew();
        using var model = await DiffusionModel.LoadAsync(folder, new DiffusionModelOptions { Precision = precision });
        var load = clock.Elapsed;
        var loadedPeak = PeakBytes();
        var runs = new List<GenerationTimings>();
        var stepTimes = new List<double>();
        for (var picture = 0; picture < pictures; picture++)
        {
            // Another prompt each time, so that its text is encoded.
            var last = Stopwatch.GetTimestamp();
            var request = new GenerationRequest { Prompt = $"a red house, {picture}", Steps = steps, Seed = 1, Width = side, Height = side };
            var result = await model.GenerateAsync(request, new Watch(() =>
            {
                stepTimes.Add(Stopwatch.GetElapsedTime(last).TotalMilliseconds);
                last = Stopwatch.GetTimestamp();
            }));
            runs.Add(result.Timings);
        }

        // The first step of a run ends a text encoding too; the shortest is what the work takes, what is longer was something else's.
        var config = ConfigOf(folder);
        var step = stepTimes.Min();
        var operations = 2.0 * 2 * UNetCost.MultiplyAdds(config, side / 8, side / 8);
        Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, double>
        {
            ["step"] = step,
            ["decode"] = runs.Min(run => run.Decoding.TotalMilliseconds),
            ["text"] = runs.Min(run => run.Preparing.TotalMilliseconds),
            ["load"] = load.TotalMilliseconds,
            ["loaded"] = loadedPeak / 1e9,
            ["peak"] = PeakBytes() / 1e9,
            ["rate"] = operations / step / 1e6,
            ["gemm32"] = GemmRate(ScalarType.Float32),
            ["gemm16"] = GemmRate(ScalarType.BFloat16),
        }));
    }

    private static UNet2DConditionConfig ConfigOf(string folder) =>
        ModelConfigs.Read(DiffusionModelLoader.Open(folder, new DiffusionModelOptions())).UNet;

    private static double GemmRate(ScalarType dtype)
    {
        const int Side = 1024;
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var (left, right) = (randn(Side, Side).to(dtype), randn(Side, Side).to(dtype));
        var shortest = double.PositiveInfinity;
        for (var i = 0; i < 12; i++)
        {
            var began = Stopwatch.GetTimestamp();
            left.mm(right).Dispose();
            shortest = Math.Min(shortest, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        return 2.0 * Side * Side * Side / shortest / 1e9;
    }

    private static long PeakBytes() => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(':')[1].Replace("kB", "", StringComparison.Ordinal).Trim(),
        System.Globalization.CultureInfo.InvariantCulture);

    private sealed class Watch(Action step) : IProgress<GenerationProgress>
    {
        public void Report(GenerationProgress value) => step();
    }
}
