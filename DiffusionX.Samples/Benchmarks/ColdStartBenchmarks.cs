using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using DiffusionX.Runtime;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Benchmarks;

/// <summary>
/// A process from its start to its end that loads a mini model and takes one step. The process prints when the step was done.
/// </summary>
[SimpleJob(RunStrategy.Monitoring, warmupCount: 1, iterationCount: 10)]
public class ColdStartBenchmarks
{
    private string folder = null!;

    [GlobalSetup]
    public void WriteTheModel()
    {
        TorchRuntime.EnsureLoaded();
        folder = Directory.CreateTempSubdirectory("diffusionx-").FullName;
        MiniModel.Write(folder);
    }

    [GlobalCleanup]
    public void DeleteIt() => Directory.Delete(folder, recursive: true);

    [Benchmark(Description = "process start to first step")]
    public void FirstStep()
    {
        var program = typeof(ColdStart).Assembly.Location;
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, ColdStart.Verb, folder]))!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The process ended with {process.ExitCode}.");
        }
    }
}
