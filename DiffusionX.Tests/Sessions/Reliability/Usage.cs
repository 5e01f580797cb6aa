using System.Diagnostics;
using TorchSharp;

namespace DiffusionX.Tests.Sessions.Reliability;

/// <summary>What a process holds at a time.</summary>
internal sealed record Usage(double Minutes, double Managed, double Resident, double Handles, double Threads, double Tensors)
{
    /// <summary>What this process holds now, garbage apart.</summary>
    public static Usage Now(TimeSpan elapsed)
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        using var process = Process.GetCurrentProcess();
        return new Usage(
            elapsed.TotalMinutes,
            GC.GetTotalMemory(forceFullCollection: true) / 1e6,
            ResidentMemory.Now() / 1e6,
            Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(),
            process.Threads.Count,
            torch.Tensor.TotalCount);
    }

    /// <summary>By how much a quantity grows in the time of the samples, on the line that fits them best.</summary>
    public static double Growth(IReadOnlyList<Usage> samples, Func<Usage, double> quantity)
    {
        var (meanTime, mean) = (samples.Average(sample => sample.Minutes), samples.Average(quantity));
        var covariance = samples.Sum(sample => (sample.Minutes - meanTime) * (quantity(sample) - mean));
        var variance = samples.Sum(sample => Math.Pow(sample.Minutes - meanTime, 2));
        return variance == 0 ? 0 : covariance / variance * (samples[^1].Minutes - samples[0].Minutes);
    }
}
