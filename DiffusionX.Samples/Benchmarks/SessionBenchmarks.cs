using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using DiffusionX.Evaluation.Latency;
using DiffusionX.Evaluation.Prompts;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Strength;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Throttling;

namespace DiffusionX.Benchmarks;

/// <summary>
/// A session of three rounds over a mobile link, from the first prompt to the last picture: with the cloud alone, with the edge alone, and
/// with both. Its ratios are to each of the two that stand alone, in a category of its own: <c>--anyCategories "to cloud only"</c>.
/// </summary>
[CategoriesColumn]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[SimpleJob(RunStrategy.Monitoring, warmupCount: 1, iterationCount: 10)]
public class SessionBenchmarks
{
    private const string ToCloudOnly = "to cloud only";
    private const string ToEdgeOnly = "to edge only";
    private const double FixedStrengthOfBoth = 0.8;
    private const double CloudStrength = 0.5;

    private static readonly PromptSession Session = new("benchmark", [new("a house"), new("a red house"), new("a red house under a yellow moon")]);

    private BenchmarkModels models = null!;
    private CloudOnly cloudOnly = null!;
    private EdgeOnly edgeOnly = null!;
    private EdgeAndCloud withFixedStrength = null!;
    private EdgeAndCloud withPromptDistance = null!;

    [GlobalSetup]
    public async Task Start()
    {
        models = await BenchmarkModels.LoadAsync();
        cloudOnly = await CloudOnly.StartAsync(models.Cloud, Link());
        edgeOnly = new EdgeOnly(models.Edge);
        withFixedStrength = await BothAsync(new FixedStrength(FixedStrengthOfBoth), FixedStrengthOfBoth);
        withPromptDistance = await BothAsync(new EmbeddingDistanceStrength(), CloudStrength);
    }

    [GlobalCleanup]
    public async Task End()
    {
        foreach (var system in new ISessionSystem[] { cloudOnly, edgeOnly, withFixedStrength, withPromptDistance })
        {
            await system.DisposeAsync();
        }

        models.Dispose();
    }

    [Benchmark(Baseline = true, Description = "cloud only")]
    [BenchmarkCategory(ToCloudOnly)]
    public Task CloudAlone() => PlayAsync(cloudOnly);

    [Benchmark(Description = "DiffusionX, fixed strength")]
    [BenchmarkCategory(ToCloudOnly)]
    public Task FixedToCloud() => PlayAsync(withFixedStrength);

    [Benchmark(Description = "DiffusionX, prompt distance")]
    [BenchmarkCategory(ToCloudOnly)]
    public Task DistanceToCloud() => PlayAsync(withPromptDistance);

    [Benchmark(Baseline = true, Description = "edge only")]
    [BenchmarkCategory(ToEdgeOnly)]
    public Task EdgeAlone() => PlayAsync(edgeOnly);

    [Benchmark(Description = "DiffusionX, fixed strength")]
    [BenchmarkCategory(ToEdgeOnly)]
    public Task FixedToEdge() => PlayAsync(withFixedStrength);

    [Benchmark(Description = "DiffusionX, prompt distance")]
    [BenchmarkCategory(ToEdgeOnly)]
    public Task DistanceToEdge() => PlayAsync(withPromptDistance);

    private static Task<SessionOutcome> PlayAsync(ISessionSystem system) => system.PlayAsync(Session, seed: 1);

    private static ThrottledTransport Link() => new(new InMemoryTransport(), LinkProfile.Mobile20Mbps);

    private Task<EdgeAndCloud> BothAsync(IStrengthPredictor edge, double cloud) => EdgeAndCloud.StartAsync(
        "both", models.Edge, models.Cloud, Link(), new EdgeAndCloudOptions { EdgeStrength = edge, Cloud = new CloudRefinerOptions { Strength = new FixedStrength(cloud) } });
}
