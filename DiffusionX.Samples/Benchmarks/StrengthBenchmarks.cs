using BenchmarkDotNet.Attributes;
using DiffusionX.Strength;

namespace DiffusionX.Benchmarks;

/// <summary>What saying a strength costs, which is to be little beside the steps that it saves.</summary>
public class StrengthBenchmarks
{
    private static readonly FixedStrength Fixed = new(0.8);
    private static readonly EmbeddingDistanceStrength Distance = new();

    private BenchmarkModels models = null!;
    private int prompts;

    [GlobalSetup]
    public void Load() => models = new BenchmarkModels();

    [GlobalCleanup]
    public void Free() => models.Dispose();

    [Benchmark(Baseline = true, Description = "fixed")]
    public async Task<double> Same() => await Fixed.PredictAsync(Context("a red house at night"));

    [Benchmark(Description = "prompt distance, known prompts")]
    public async Task<double> KnownPrompts() => await Distance.PredictAsync(Context("a red house at night"));

    // A prompt that the text encoder has to read first; drawing its round would need that anyway.
    [Benchmark(Description = "prompt distance, a new prompt")]
    public async Task<double> NewPrompt() => await Distance.PredictAsync(Context($"a red house at night, number {prompts++}"));

    private StrengthContext Context(string prompt) => new(models.Edge.Model, prompt) { PreviousPrompt = "a red house" };
}
