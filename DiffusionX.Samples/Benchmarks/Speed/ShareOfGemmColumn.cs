using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace DiffusionX.Benchmarks.Speed;

/// <summary>The rate of a benchmark over that of the matrix product which is its group's baseline, in the same run.</summary>
internal sealed class ShareOfGemmColumn() : FigureColumn("of GEMM", "GFLOP/s over those of the baseline, a product of two 2048×2048 matrices in float32")
{
    public override int PriorityInCategory => 1;

    public override string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var group = summary.GetLogicalGroupKey(benchmarkCase);
        var baseline = summary.BenchmarksCases.First(other => summary.GetLogicalGroupKey(other) == group && other.Descriptor.Baseline);
        return RateColumn.Rate(summary, benchmarkCase) is { } rate && RateColumn.Rate(summary, baseline) is { } gemm
            ? FormattableString.Invariant($"{rate / gemm:F2}")
            : "-";
    }
}
