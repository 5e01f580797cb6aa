using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using DiffusionX.Checkpoints;
using DiffusionX.Models.Vae;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Benchmarks;

/// <summary>
/// Stable Diffusion's VAE both ways, with hash weights: what a start that comes as a picture costs, and what every preview does.
/// </summary>
[SimpleJob(RunStrategy.Monitoring, warmupCount: 1, iterationCount: 8)]
public class AutoencoderBenchmarks
{
    private const int PixelsPerLatent = 8;

    private AutoencoderKL vae = null!;
    private Tensor image = null!;
    private Tensor latent = null!;
    private IDisposable inference = null!;

    /// <summary>The picture's side in pixels: 128 for scenes, 512 for Stable Diffusion.</summary>
    [Params(128, 512)]
    public int Side { get; set; }

    [GlobalSetup]
    public void Build()
    {
        TorchRuntime.EnsureLoaded();
        inference = inference_mode();
        manual_seed(1);
        vae = new AutoencoderKL(new AutoencoderKLConfig { BlockOutChannels = [128, 256, 512, 512], LayersPerBlock = 2 });
        HashWeights.Fill(vae);
        image = rand(1, 3, Side, Side).mul_(2).sub_(1);
        latent = randn(1, vae.Config.LatentChannels, Side / PixelsPerLatent, Side / PixelsPerLatent);
    }

    [GlobalCleanup]
    public void Free()
    {
        foreach (var disposable in new IDisposable[] { vae, image, latent, inference })
        {
            disposable.Dispose();
        }
    }

    [Benchmark(Description = "encode")]
    public void Encode()
    {
        using var scope = NewDisposeScope();
        _ = vae.Encode(image);
    }

    [Benchmark(Description = "decode")]
    public void Decode() => vae.Decode(latent).Dispose();
}
