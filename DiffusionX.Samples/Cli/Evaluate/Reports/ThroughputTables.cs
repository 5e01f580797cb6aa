using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Throughput;

namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>What refiners did under loads.</summary>
/// <param name="Closed">By how many clients asked.</param>
/// <param name="Open">By how many pictures a minute were asked for.</param>
internal sealed record ThroughputResult(IReadOnlyList<LoadFigures> Closed, IReadOnlyList<LoadFigures> Open);

/// <summary>One load.</summary>
/// <param name="Load">Clients, or wishes a minute.</param>
/// <param name="BySystem">A measurement of each turn, for one request at a time (where that was measured) and for the engine.</param>
/// <param name="BytesBefore">What the process held in memory before it.</param>
/// <param name="BytesAfter">And after it.</param>
/// <param name="Growth">Megabytes a minute by which managed and resident memory grew in its last two thirds; null for a short one.</param>
internal sealed record LoadFigures(
    double Load, IReadOnlyList<LoadMeasurement>[] BySystem, long BytesBefore, long BytesAfter, (double Managed, double Resident)? Growth);

/// <summary>Pictures a minute and seconds of a picture, for one request at a time beside many at once.</summary>
internal static class ThroughputTables
{
    private const double Megabyte = 1e6;
    private const string Engine = "engine";

    private static readonly string[] ClosedColumns =
    [
        "clients", "system", "pictures / min", "to one at a time [95 %]", "p50 s", "p95 s", "p99 s", "mean batch", "slowest session's share",
        "processor s / picture", "to one at a time [95 %]", "refined", "refused", "fewest of a session", "MB before and after", "MB / min managed, resident",
    ];

    private static readonly string[] OpenColumns = ["wishes / min", "system", "pictures / min", "p50 s", "p95 s", "p99 s", "p95 to idle", "mean batch", "refused"];

    public static IReadOnlyList<ReportTable> Of(ThroughputResult result)
    {
        var closed = new ReportTable("Clients that each ask for the next picture when they have one", ClosedColumns, [.. result.Closed.SelectMany(ClosedRows)]);
        if (result.Open.Count == 0)
        {
            return [closed];
        }

        double?[] idle = [.. result.Closed.MinBy(load => load.Load)!.BySystem.Select(turns => LoadMeasurement.Join(turns).Seconds(0.95))];
        var open = new ReportTable(
            $"Pictures asked for at random times; p95 stays within twice the idle one up to {string.Join(" and ", Names(result.Open[0]).Select((name, i) => $"{Bearable(result.Open, idle, i)} a minute ({name})"))}",
            OpenColumns,
            [.. result.Open.SelectMany(load => OpenRows(load, idle))]);
        return [closed, open];
    }

    private static string[] Names(LoadFigures load) => load.BySystem.Length == 1 ? [Engine] : ["one at a time", Engine];

    private static IEnumerable<IReadOnlyList<string>> ClosedRows(LoadFigures load) => load.BySystem.Select((turns, i) =>
    {
        var all = LoadMeasurement.Join(turns);
        return (IReadOnlyList<string>)
        [
            Figure.Of((long)load.Load), Names(load)[i], Figure.Of(turns.Average(turn => turn.PicturesPerMinute), 1), Ratio(load, i, turn => turn.PicturesPerMinute),
            Figure.Of(all.Seconds(0.5), 3), Figure.Of(all.Seconds(0.95), 3), Figure.Of(all.Seconds(0.99), 3), Figure.Of(all.MeanBatch), Figure.Of(all.SlowestShare),
            Figure.Of(all.ProcessorSeconds, 3), Ratio(load, i, turn => turn.ProcessorSeconds ?? 0),
            Figure.Of((long)all.Refined.Count), Figure.Of((long)(all.Samples.Count - all.Refined.Count)),
            Figure.Of((long)all.Fewest), $"{Figure.Of(load.BytesBefore / Megabyte, 0)}, {Figure.Of(load.BytesAfter / Megabyte, 0)}",
            load.Growth is { } growth ? $"{Figure.Of(growth.Managed)}, {Figure.Of(growth.Resident)}" : Figure.None,
        ];
    });

    // Of turns that follow each other, so that what slows the machine down for a while slows down both.
    private static string Ratio(LoadFigures load, int system, Func<LoadMeasurement, double> figure)
    {
        if (system == 0)
        {
            return Figure.None;
        }

        double[] baseline = [.. load.BySystem[0].Select(figure)];
        double[] own = [.. load.BySystem[system].Select(figure)];
        return baseline.Contains(0) ? Figure.None : Figure.Of(new Bootstrap().Percentile(own.Length, numbers => numbers.Sum(i => own[i]) / numbers.Sum(i => baseline[i])));
    }

    private static IEnumerable<IReadOnlyList<string>> OpenRows(LoadFigures load, double?[] idle) => load.BySystem.Select((turns, i) =>
    {
        var all = LoadMeasurement.Join(turns);
        return (IReadOnlyList<string>)
        [
            Figure.Of(load.Load, 0), Names(load)[i], Figure.Of(turns.Average(turn => turn.PicturesPerMinute), 1), Figure.Of(all.Seconds(0.5), 3), Figure.Of(all.Seconds(0.95), 3),
            Figure.Of(all.Seconds(0.99), 3), Figure.Of(all.Seconds(0.95) / idle[i]), Figure.Of(all.MeanBatch), Figure.Of((long)(all.Samples.Count - all.Refined.Count)),
        ];
    });

    private static string Bearable(IReadOnlyList<LoadFigures> loads, double?[] idle, int system) => Figure.Of(
        loads.OrderBy(load => load.Load).TakeWhile(load => LoadMeasurement.Join(load.BySystem[system]).Seconds(0.95) <= 2 * idle[system]).LastOrDefault()?.Load, 0);
}
