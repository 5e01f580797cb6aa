using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
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
[SimpleJob(RunStrategy.Monitoring, warmupCount: 5, iterationCount: 40)]
public class SessionOverheadBenchmarks
{
    private const string Prompt = "a red house under a yellow moon";
    private const int Side = 128;
    private const int Steps = 25;
    private const double Strength = 0.5;

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
    public Task<RefinedImage> ThroughSession() => session.FinalizeAsync();
}
