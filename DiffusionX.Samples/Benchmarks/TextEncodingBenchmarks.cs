using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Benchmarks;

/// <summary>
/// Stable Diffusion's text encoder (CLIP ViT-L/14) with hash weights: what a prompt costs that was not there before, alone and with its
/// negative prompt.
/// </summary>
[SimpleJob(RunStrategy.Monitoring, warmupCount: 2, iterationCount: 20)]
public class TextEncodingBenchmarks
{
    private ClipTextModel encoder = null!;
    private Tensor ids = null!;
    private IDisposable inference = null!;

    [Params(1, 2)]
    public int Prompts { get; set; }

    [GlobalSetup]
    public void Build()
    {
        TorchRuntime.EnsureLoaded();
        inference = inference_mode();
        manual_seed(1);
        encoder = new ClipTextModel(new ClipTextConfig());
        HashWeights.Fill(encoder);
        ids = randint(0, encoder.Config.VocabularySize, [Prompts, encoder.Config.MaxPositions], ScalarType.Int64);
    }

    [GlobalCleanup]
    public void Free()
    {
        foreach (var disposable in new IDisposable[] { encoder, ids, inference })
        {
            disposable.Dispose();
        }
    }

    [Benchmark(Description = "encode prompts")]
    public void Encode() => encoder.LastHiddenState(ids).Dispose();
}
