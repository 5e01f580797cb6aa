using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace DiffusionX.Benchmarks.Speed;

/// <summary>The rate of a benchmark over that of the matrix product which is its group's baseline, in the same run.</summary>
internal sealed class ShareOfGemmColumn : IColumn
{
    public string Id => nameof(ShareOfGemmColumn);

    public string ColumnName => "of GEMM";

    public string Legend => "GFLOP/s over those of the baseline, a product of two 2048×2048 matrices in float32";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 1;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        var group = summary.GetLogicalGroupKey(benchmarkCase);
        var baseline = summary.BenchmarksCases.First(other => summary.GetLogicalGroupKey(other) == group && other.Descriptor.Baseline);
        return RateColumn.Rate(summary, benchmarkCase) is { } rate && RateColumn.Rate(summary, baseline) is { } gemm
            ? FormattableString.Invariant($"{rate / gemm:F2}")
            : "-";
    }
}
