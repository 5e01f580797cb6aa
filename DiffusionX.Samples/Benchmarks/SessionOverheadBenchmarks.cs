using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using DiffusionX.Benchmarks.Speed;
using DiffusionX.Pipeline;
using DiffusionX.Runtime;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Sessions.Edge;
using DiffusionX.Tests.Pipeline;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Benchmarks;

/// <summary>
/// A refinement through session, protocol and TCP on this machine, beside the same run of the model called directly. DIFFUSIONX_CLOUD names
/// the folder of the cloud's model; without it, it is a mini model, whose runs are so short that overheads look large.
/// </summary>
[Config(typeof(Settings))]
public class SessionOverheadBenchmarks
{
    private const string Prompt = "a red house under a yellow moon";
    private const int Side = 128;
    private const int Steps = 25;
    private const double Strength = 0.5;

    private static readonly List<(TimeSpan Direct, RefinementReport Report)> Pairs = [];

    private string folder = null!;
    private DiffusionModel model = null!;
    private CloudRefiner refiner = null!;
    private EdgeSession session = null!;
    private TimeSpan direct;

    [GlobalSetup]
    public async Task StartACloud()
    {
        TorchRuntime.EnsureLoaded();
        folder = Directory.CreateTempSubdirectory("diffusionx-").FullName;
        MiniModel.Write(folder);
        model = await DiffusionModel.LoadAsync(Environment.GetEnvironmentVariable("DIFFUSIONX_CLOUD") ?? folder);
        refiner = await CloudRefiner.StartAsync(model, new TcpTransport(new TcpTransportOptions()), new CloudRefinerOptions());
        var link = new TcpTransport(new TcpTransportOptions { Port = new Uri(refiner.Address).Port });
        var options = new EdgeSessionOptions
        {
            Width = Side,
            Height = Side,
            Steps = 1,
            Refinement = new RefinementOptions { Steps = Steps, Strength = Strength, FallBackToEdge = false },
        };
        session = await EdgeSession.OpenAsync(model, link, options);
        await session.PromptAsync(Prompt);
    }

    [GlobalCleanup]
    public async Task EndIt()
    {
        await session.DisposeAsync();
        await refiner.DisposeAsync();
        model.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Benchmark(Baseline = true, Description = "the model alone")]
    public Task<GenerationResult> Direct() => model.GenerateAsync(
        new GenerationRequest { Prompt = Prompt, Seed = 1, Steps = Steps, Strength = Strength, InitLatent = session.Current!.Latent });

    // Each refinement has its twin right before it, so that a machine whose speed drifts is as fast for both.
    [IterationSetup(Target = nameof(ThroughSession))]
    public void RunDirectly()
    {
        var clock = Stopwatch.StartNew();
        Direct().GetAwaiter().GetResult();
        direct = clock.Elapsed;
    }

    [Benchmark(Description = "through session and link")]
    public async Task ThroughSession() => Pairs.Add((direct, (await session.FinalizeAsync()).Report));

    private sealed class Settings : ManualConfig
    {
        public Settings()
        {
            // In this process, where the reports of the refinements can be read.
            AddJob(Job.Default.WithStrategy(RunStrategy.Monitoring).WithWarmupCount(3).WithIterationCount(100).WithToolchain(InProcessEmitToolchain.Instance));
            AddColumn(new OverheadColumn());
        }
    }

    /// <summary>
    /// How much longer refinements took than their twins: unlike the ratio of two means, it does not drown in the noise of a shared
    /// machine.
    /// </summary>
    private sealed class OverheadColumn()
        : FigureColumn("Overhead", "Median of the differences to the run of the model right before, with the 95 % interval of that median; and beside computing, as the reports say")
    {
        public override string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
            benchmarkCase.Descriptor.Baseline || Pairs.Count == 0 ? "-" : Describe();

        private static string Describe()
        {
            var shares = Pairs.Select(pair => (pair.Report.Total - pair.Direct) / pair.Direct).Order().ToArray();
            var beside = Pairs.Select(pair => pair.Report.Total - pair.Report.Compute).Order().ElementAt(Pairs.Count / 2);

            // The ranks between which the median lies, by the normal approximation of the binomial distribution.
            var margin = (int)Math.Ceiling(1.96 * Math.Sqrt(shares.Length) / 2);
            var (low, high) = (shares[Math.Max((shares.Length / 2) - margin, 0)], shares[Math.Min((shares.Length / 2) + margin, shares.Length - 1)]);
            return FormattableString.Invariant($"{shares[shares.Length / 2]:P1} [{low:P1}, {high:P1}]; {beside.TotalMilliseconds:F2} ms");
        }
    }
}
