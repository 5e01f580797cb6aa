using System.Diagnostics;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using DiffusionX.Benchmarks.Speed;
using DiffusionX.Pipeline;

namespace DiffusionX.Benchmarks;

/// <summary>
/// Whole models, each measured in a process of its own, beside the same without what the processor has: in float32 and untuned, or by the
/// program that DIFFUSIONX_PEERS_BEFORE names, eng/peers built from an earlier version.
/// </summary>
/// <remarks>
/// Models of real size are written, with hash weights, to the folder DIFFUSIONX_PEERS, or to one that is deleted; Stable Diffusion XL (8 GB of memory)
/// is measured only where it lies there.
/// </remarks>
[Config(typeof(Settings))]
public class PeerBenchmarks
{
    internal const string Verb = "peer";

    private static readonly string? Kept = Environment.GetEnvironmentVariable("DIFFUSIONX_PEERS");
    private string folder = null!;

    /// <summary>The figures of each benchmark, by <see cref="KeyOf"/>; the shortest of its runs.</summary>
    internal static Dictionary<string, Dictionary<string, double>> Figures { get; } = [];

    [ParamsSource(nameof(Models))]
    public string Model { get; set; } = "";

    public static IEnumerable<string> Models =>
        ["scenes/edge", "scenes/cloud", "tiny-sd", "sd15", .. Kept is { } place && Directory.Exists(Path.Combine(place, "xl", "unet")) ? new[] { "xl" } : []];

    private bool IsOfScenes => Model.StartsWith("scenes", StringComparison.Ordinal);

    internal static string KeyOf(string model, string method) => $"{model} {method}";

    [GlobalSetup]
    public void WriteTheModel()
    {
        folder = IsOfScenes ? FindWeights(Model) : Path.Combine(Kept ?? Directory.CreateTempSubdirectory("diffusionx-").FullName, Model);
        if (!Directory.Exists(Path.Combine(folder, "unet")))
        {
            Run(Itself, [RealSizeModel.Verb, Model, folder], tuned: true);
        }
    }

    [GlobalCleanup]
    public void DeleteIt()
    {
        if (!IsOfScenes && Kept is null)
        {
            Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
        }
    }

    [Benchmark(Baseline = true, Description = "before")]
    public void Before()
    {
        if (Environment.GetEnvironmentVariable("DIFFUSIONX_PEERS_BEFORE") is { } program)
        {
            Keep(nameof(Before), Run(program, Arguments, tuned: true));
        }
        else
        {
            Keep(nameof(Before), Run(Itself, [Verb, .. Arguments, nameof(Precision.Float32)], tuned: false));
        }
    }

    [Benchmark(Description = "now")]
    public void Now() => Keep(nameof(Now), Run(Itself, [Verb, .. Arguments, nameof(Precision.Auto)], tuned: true));

    private static string Itself => typeof(PeerBenchmarks).Assembly.Location;

    // Side, steps and pictures: small models are over too soon to be measured once.
    private string[] Arguments => [folder, .. IsOfScenes ? new[] { "128", "20", "10" } : Model == "xl" ? ["1024", "1", "1"] : ["512", "2", "1"]];

    private static string FindWeights(string model)
    {
        for (var place = new DirectoryInfo(AppContext.BaseDirectory); place is not null; place = place.Parent)
        {
            if (Directory.Exists(Path.Combine(place.FullName, "weights", model)))
            {
                return Path.Combine(place.FullName, "weights", model);
            }
        }

        throw new DirectoryNotFoundException($"weights/{model} is in no folder above {AppContext.BaseDirectory}.");
    }

    private static string Run(string program, IEnumerable<string> arguments, bool tuned)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true };
        start.Environment["DIFFUSIONX_TUNING"] = tuned ? "on" : "off";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"The process ended with {process.ExitCode}.");
    }

    private void Keep(string method, string output)
    {
        var found = JsonSerializer.Deserialize<Dictionary<string, double>>(output.Trim().Split('\n')[^1])!;
        Figures[KeyOf(Model, method)] = Figures.TryGetValue(KeyOf(Model, method), out var earlier)
            ? found.ToDictionary(figure => figure.Key, figure => PeerColumn.IsRate(figure.Key) ? Math.Max(figure.Value, earlier[figure.Key]) : Math.Min(figure.Value, earlier[figure.Key]))
            : found;
    }

    private sealed class Settings : ManualConfig
    {
        public Settings()
        {
            AddJob(Job.Default.WithStrategy(RunStrategy.Monitoring).WithWarmupCount(0).WithIterationCount(2)
                .WithToolchain(new InProcessNoEmitToolchain(TimeSpan.FromHours(1), logOutput: true)));
            AddColumn(PeerColumn.All);
        }
    }
}
