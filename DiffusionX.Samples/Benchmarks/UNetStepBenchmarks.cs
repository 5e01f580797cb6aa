using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using DiffusionX.Benchmarks.Speed;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Benchmarks;

/// <summary>One evaluation of a full-size UNet at 64×64 latents with guidance (batch 2), beside a plain matrix product.</summary>
[Config(typeof(Settings))]
public class UNetStepBenchmarks
{
    internal const int Batch = 2;
    internal const int LatentSide = 64;

    private const int TextLength = 77;

    private UNet2DConditionModel unet = null!;
    private TextContext text = null!;
    private Tensor latent = null!;
    private Tensor timesteps = null!;
    private Tensor left = null!;
    private Tensor right = null!;
    private IDisposable inference = null!;

    [ParamsAllValues]
    public PublishedUNet Model { get; set; }

    [GlobalSetup]
    public void Build()
    {
        TorchRuntime.EnsureLoaded();
        inference = inference_mode();
        manual_seed(1);
        unet = new UNet2DConditionModel(PublishedUNets.ConfigOf(Model));
        HashWeights.Fill(unet);
        using var embeddings = randn(Batch, TextLength, unet.Config.CrossAttentionDim);
        text = unet.Attend(embeddings);
        latent = randn(Batch, unet.Config.InChannels, LatentSide, LatentSide);
        timesteps = full([Batch], 500f);
        left = randn(Arithmetic.GemmSide, Arithmetic.GemmSide);
        right = randn(Arithmetic.GemmSide, Arithmetic.GemmSide);
    }

    [GlobalCleanup]
    public void Free()
    {
        foreach (var disposable in new IDisposable[] { text, unet, latent, timesteps, left, right, inference })
        {
            disposable.Dispose();
        }
    }

    [Benchmark(Baseline = true, Description = "GEMM 2048³")]
    public void Gemm() => left.mm(right).Dispose();

    [Benchmark(Description = "UNet step")]
    public void Step() => unet.Forward(latent, timesteps, text).Dispose();

    private sealed class Settings : ManualConfig
    {
        public Settings()
        {
            AddJob(Job.Default.WithStrategy(RunStrategy.Monitoring).WithWarmupCount(2).WithIterationCount(8));
            AddColumn(new RateColumn(), new ShareOfGemmColumn());
        }
    }
}
