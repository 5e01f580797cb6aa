using BenchmarkDotNet.Running;
using DiffusionX.Models.UNet;

namespace DiffusionX.Benchmarks.Speed;

/// <summary>How many floating-point operations a benchmark does: two for each multiply-add.</summary>
internal static class Arithmetic
{
    /// <summary>The side of the matrices whose product the other rates are compared with.</summary>
    public const int GemmSide = 2048;

    public static double? Of(BenchmarkCase benchmarkCase) => benchmarkCase.Descriptor.WorkloadMethod.Name switch
    {
        nameof(UNetStepBenchmarks.Gemm) => 2.0 * GemmSide * GemmSide * GemmSide,
        nameof(UNetStepBenchmarks.Step) => 2.0 * UNetStepBenchmarks.Batch * MultiplyAdds(benchmarkCase),
        _ => null,
    };

    private static long MultiplyAdds(BenchmarkCase benchmarkCase)
    {
        var model = (PublishedUNet)benchmarkCase.Parameters[nameof(UNetStepBenchmarks.Model)];
        return UNetCost.MultiplyAdds(PublishedUNets.ConfigOf(model), UNetStepBenchmarks.LatentSide, UNetStepBenchmarks.LatentSide);
    }
}
