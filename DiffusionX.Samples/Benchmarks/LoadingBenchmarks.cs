using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using DiffusionX.Checkpoints;
using DiffusionX.Models.UNet;
using DiffusionX.Runtime;

namespace DiffusionX.Benchmarks;

/// <summary>
/// Loading Stable Diffusion 1.5's UNet, float16 in the file and float32 in memory, beside reading the file once and converting it. As a
/// program does it: once, in a new process, into memory that it has never touched; the file is in the system's cache.
/// </summary>
[SimpleJob(RunStrategy.ColdStart, launchCount: 5, warmupCount: 0, iterationCount: 1)]
public class LoadingBenchmarks
{
    private const int ChunkBytes = 1 << 24;

    private string folder = null!;

    private string File => Path.Combine(folder, "diffusion_pytorch_model.safetensors");

    [GlobalSetup]
    public void WriteTheWeights()
    {
        folder = Directory.CreateTempSubdirectory("diffusionx-").FullName;
        WeightsFile.WriteInAnotherProcess(File);
        TorchRuntime.EnsureLoaded();
    }

    [GlobalCleanup]
    public void DeleteThem() => Directory.Delete(folder, recursive: true);

    [Benchmark(Baseline = true, Description = "read and convert")]
    public float ReadAndConvert()
    {
        using var stream = new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        var halves = new Half[ChunkBytes / 2];
        var singles = GC.AllocateUninitializedArray<float>(checked((int)(stream.Length / 2)));
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(halves.AsSpan());
        for (var done = 0; done < singles.Length;)
        {
            var count = Math.Min(stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) / 2, singles.Length - done);
            TensorPrimitives.ConvertToSingle(halves.AsSpan(0, count), singles.AsSpan(done, count));
            done += count;
        }

        return singles[^1];
    }

    [Benchmark(Description = "load the UNet")]
    public void Load()
    {
        using var unet = new UNet2DConditionModel(PublishedUNets.ConfigOf(PublishedUNet.StableDiffusion15));
        using var file = SafetensorsFile.Open(File);
        WeightLoader.Load(unet, file);
    }
}
