using DiffusionX.Evaluation.Latency;

namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>How much noise rounds got, by what their prompts changed: a change of nothing should get little.</summary>
internal static class StrengthsTable
{
    // The lower end of the paper's labels, and a little more.
    private const double Little = 0.50;

    private const string Unnamed = "not said";

    private static readonly string[] Columns = ["what changed", "system", "N", "mean strength", "share of at most 0.50"];

    /// <summary>Systems that change no strength of the edge have one row between them: that of the first.</summary>
    public static ReportTable Of(LatencyResult result)
    {
        var edits = result.Sessions.ToDictionary(session => session.Id, session => session.Rounds.Skip(1).Select(round => round.Edit ?? Unnamed));
        var systems = result.Measurements.Where(measurement => measurement.PromptDistances.Length > 0).GroupBy(measurement => measurement.System)
            .Select(system => (Name: system.Key, Rounds: Rounds(system, edits))).DistinctBy(system => string.Join(' ', system.Rounds));
        return new("Strengths of rounds on the edge", Columns, [.. systems.SelectMany(Rows).OrderBy(row => row[0], StringComparer.Ordinal)]);
    }

    private static (string Edit, double Strength)[] Rounds(IEnumerable<SessionMeasurement> measurements, Dictionary<string, IEnumerable<string>> edits) =>
        [.. measurements.OrderBy(measurement => measurement.Session, StringComparer.Ordinal).SelectMany(measurement => edits[measurement.Session].Zip(measurement.Strengths))];

    private static IEnumerable<IReadOnlyList<string>> Rows((string Name, (string Edit, double Strength)[] Rounds) system) => system.Rounds
        .GroupBy(round => round.Edit, round => round.Strength)
        .Select(edit => (IReadOnlyList<string>)[edit.Key, system.Name, Figure.Of((long)edit.Count()), Figure.Of(edit.Average()), Figure.Of(edit.Average(strength => strength <= Little ? 1.0 : 0.0))]);
}
