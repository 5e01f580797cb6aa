using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace DiffusionX.Benchmarks.Speed;

/// <summary>GFLOP/s: the arithmetic that a benchmark does, over its mean time.</summary>
internal sealed class RateColumn() : FigureColumn("GFLOP/s", "Arithmetic done, counted from the shapes, over the mean time")
{
    public override string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        Rate(summary, benchmarkCase) is { } rate ? FormattableString.Invariant($"{rate:F1}") : "-";

    /// <summary>The rate of a benchmark that ran and whose arithmetic is known.</summary>
    public static double? Rate(Summary summary, BenchmarkCase benchmarkCase) =>
        summary[benchmarkCase]?.ResultStatistics is { } statistics && Arithmetic.Of(benchmarkCase) is { } operations ? operations / statistics.Mean : null;
}
