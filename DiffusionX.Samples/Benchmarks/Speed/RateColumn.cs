using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace DiffusionX.Benchmarks.Speed;

/// <summary>GFLOP/s: the arithmetic that a benchmark does, over its mean time.</summary>
internal sealed class RateColumn : IColumn
{
    public string Id => nameof(RateColumn);

    public string ColumnName => "GFLOP/s";

    public string Legend => "Arithmetic done, counted from the shapes, over the mean time";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
        Rate(summary, benchmarkCase) is { } rate ? FormattableString.Invariant($"{rate:F1}") : "-";

    /// <summary>The rate of a benchmark that ran and whose arithmetic is known.</summary>
    public static double? Rate(Summary summary, BenchmarkCase benchmarkCase) =>
        summary[benchmarkCase]?.ResultStatistics is { } statistics && Arithmetic.Of(benchmarkCase) is { } operations ? operations / statistics.Mean : null;
}
