using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using DiffusionX.Generation;
using DiffusionX.Runtime;
using DiffusionX.Sessions;
using DiffusionX.Tests.Generation;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Benchmarks;

/// <summary>
/// A refinement through session, protocol and TCP on this machine, beside the same run of the model called directly. DIFFUSIONX_CLOUD names the folder of the
/// cloud's model; without it, it is a mini model, whose runs are so short that overheads look large.
/// </summary>
[Config(typeof(Settings))]
public class SessionOverheadBenchmarks
{
    private const string Prompt = "a red house under a yellow moon";
    private const int Side = 128;
    private const int Steps = 25;
    private const double Strength = 0.5;

    private static readonly List<RefinementReport> Reports = [];

    private string folder = null!;
    private DiffusionModel model = null!;
    private CloudRefiner refiner = null!;
    private EdgeSession session = null!;

    [GlobalSetup]
    public async Task StartACloud()
    {
        TorchRuntime.EnsureLoaded();
        folder = Directory.CreateTempSubdirectory("diffusionx-").FullName;
        MiniModel.Write(folder);
        model = DiffusionModel.Load(Environment.GetEnvironmentVariable("DIFFUSIONX_CLOUD") ?? folder);
        refiner = CloudRefiner.Start(model, new TcpTransport(new TcpTransportOptions()), new CloudRefinerOptions());
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
        new GenerationRequest { Prompt = Prompt, Seed = 1, Steps = Steps, Strength = Strength, StartLatent = session.Current!.Latent });

    [Benchmark(Description = "through session and link")]
    public async Task ThroughSession() => Reports.Add((await session.FinalizeAsync()).Report);

    private sealed class Settings : ManualConfig
    {
        public Settings()
        {
            // In this process, where the reports of the refinements can be read.
            AddJob(Job.Default.WithStrategy(RunStrategy.Monitoring).WithWarmupCount(3).WithIterationCount(20).WithToolchain(InProcessEmitToolchain.Instance));
            AddColumn(new OverheadColumn());
        }
    }

    /// <summary>What a refinement took beside the computing in the cloud: unlike the ratio of two means, it does not drown in the noise of a shared machine.</summary>
    private sealed class OverheadColumn : IColumn
    {
        public string Id => nameof(OverheadColumn);

        public string ColumnName => "Beside computing";

        public string Legend => "Median, and share of all: a refinement's time less the cloud's computing, which includes the encoding of the result";

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public bool IsAvailable(Summary summary) => true;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
        {
            if (benchmarkCase.Descriptor.Baseline || Reports.Count == 0)
            {
                return "-";
            }

            var median = Reports.OrderBy(report => report.Total - report.Compute).ElementAt(Reports.Count / 2);
            var overhead = median.Total - median.Compute;
            return FormattableString.Invariant($"{overhead.TotalMilliseconds:F2} ms, {overhead / median.Total:P1}");
        }
    }
}
