using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace DiffusionX.Benchmarks.Speed;

/// <summary>A figure that the process of <see cref="PeerBenchmarks"/> measured.</summary>
internal sealed class PeerColumn(int place, string name, string legend, string format, Func<IReadOnlyDictionary<string, double>, double> figure)
    : FigureColumn(name, legend)
{
    /// <summary>All of them, in their order.</summary>
    public static IColumn[] All { get; } =
    [
        new PeerColumn(0, "ms a step", "The shortest step, with guidance", "G4", found => found["step"]),
        new PeerColumn(1, "ms to decode", "The shortest decoding", "G4", found => found["decode"]),
        new PeerColumn(2, "ms of text", "Reading the prompts", "G3", found => found["text"]),
        new PeerColumn(3, "ms to load", "Loading the model", "G4", found => found["load"]),
        new PeerColumn(4, "peak GB", "The most that was resident", "F2", found => found["peak"]),
        new PeerColumn(5, "GFLOP/s", "Of a step", "F0", found => found["rate"]),
        new PeerColumn(6, "of GEMM float32", "Over a product of two 1024×1024 matrices in float32", "F2", found => found["rate"] / found["gemm32"]),
        new PeerColumn(7, "of GEMM bfloat16", "Over the same in bfloat16", "F2", found => found["rate"] / found["gemm16"]),
    ];

    public override int PriorityInCategory => place;

    /// <summary>Whether more is better.</summary>
    public static bool IsRate(string figure) => figure is "rate" or "gemm32" or "gemm16";

    public override string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var key = PeerBenchmarks.KeyOf((string)benchmarkCase.Parameters[nameof(PeerBenchmarks.Model)], benchmarkCase.Descriptor.WorkloadMethod.Name);
        return PeerBenchmarks.Figures.TryGetValue(key, out var found) ? figure(found).ToString(format, System.Globalization.CultureInfo.InvariantCulture) : "-";
    }
}
