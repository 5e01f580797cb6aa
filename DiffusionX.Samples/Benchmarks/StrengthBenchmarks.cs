using BenchmarkDotNet.Attributes;
using DiffusionX.Models.Common;
using DiffusionX.Strength;
using TorchSharp;

namespace DiffusionX.Benchmarks;

/// <summary>What saying a strength costs, which is to be little beside the steps that it saves.</summary>
public class StrengthBenchmarks
{
    private static readonly FixedStrength Fixed = new(0.8);
    private static readonly EmbeddingDistanceStrength Distance = new();

    private BenchmarkModels models = null!;
    private EdgeStrengthPredictor learned = null!;
    private int prompts;

    [GlobalSetup]
    public async Task LoadAsync()
    {
        models = await BenchmarkModels.LoadAsync();
        learned = await HeadOfShippedShapeAsync();
    }

    [GlobalCleanup]
    public void Free() => models.Dispose();

    [Benchmark(Baseline = true, Description = "fixed")]
    public async Task<double> Same() => await Fixed.PredictAsync(Context("a red house at night"));

    [Benchmark(Description = "prompt distance, known prompts")]
    public async Task<double> KnownPrompts() => await Distance.PredictAsync(Context("a red house at night"));

    [Benchmark(Description = "learned, known prompts")]
    public async Task<double> Learned() => await learned.PredictAsync(Context("a red house at night"));

    // A prompt that the text encoder has to read first; drawing its round would need that anyway.
    [Benchmark(Description = "prompt distance, a new prompt")]
    public async Task<double> NewPrompt() => await Distance.PredictAsync(Context($"a red house at night, number {prompts++}"));

    // Whatever its weights are, it costs the same.
    private async Task<EdgeStrengthPredictor> HeadOfShippedShapeAsync()
    {
        var edge = models.Edge.Model;
        var config = new StrengthHeadConfig
        {
            Side = StrengthSide.Edge,
            Inputs = 2 * (await edge.EmbedPromptAsync("a red house")).Length,
            HiddenWidths = [640],
            Encoders = new Dictionary<string, string> { [EdgeStrengthPredictor.TextEncoder] = (await edge.FingerprintAsync()).TextEncoder },
        };
        var folder = Directory.CreateTempSubdirectory("diffusionx-").FullName;
        try
        {
            using var head = new StrengthHead(config);
            using var features = torch.rand(16, config.Inputs);
            WeightInitialization.Draw(head, seed: 1);
            head.Standardise(features);
            StrengthHeadFolder.Save(folder, head);
            return await EdgeStrengthPredictor.LoadAsync(folder, edge);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private StrengthContext Context(string prompt) => new(models.Edge.Model, prompt) { PreviousPrompt = "a red house" };
}
