using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using DiffusionX.Evaluation;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Benchmarks;

/// <summary>The Fréchet distance between two sets of 10,000 samples of 2048 features each, statistics included.</summary>
[SimpleJob(RunStrategy.Monitoring, warmupCount: 1, iterationCount: 3)]
public class FrechetDistanceBenchmarks
{
    private Tensor features = null!;
    private Tensor others = null!;

    [GlobalSetup]
    public void DrawFeatures()
    {
        TorchRuntime.EnsureLoaded();
        random.manual_seed(1);
        features = randn(10_000, 2048);
        others = randn(10_000, 2048);
    }

    [GlobalCleanup]
    public void DisposeThem()
    {
        features.Dispose();
        others.Dispose();
    }

    [Benchmark(Description = "FID, 10,000 × 2048")]
    public double Distance() => FrechetDistance.Between(features, others);
}
