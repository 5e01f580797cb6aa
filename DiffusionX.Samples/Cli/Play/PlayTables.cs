using System.Globalization;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Edge;
using Spectre.Console;

namespace DiffusionX.Cli.Play;

/// <summary>What a session took, as tables.</summary>
internal static class PlayTables
{
    /// <summary>What a refinement took.</summary>
    public static Table Of(RefinementReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn("").AddColumn("");
        Add(table, "Refined", $"{(report.Place == RefinementPlace.Cloud ? "in the cloud" : "on the edge")}, by {report.RefinedBy}{Reason(report)}");
        Add(table, "Strength", $"{Number(report.Strength, "F2")}, {report.StepsRun} steps");
        if (report.Plan is { } plan)
        {
            Add(table, "Planned", plan.ToString());
        }

        if (report.RelayedSteps > 0)
        {
            Add(table, "Relay", $"{report.RelayedSteps} steps here before, in {Seconds(report.RelayTime)}");
        }

        if (report.Speculation is { } speculation)
        {
            Add(table, "Ahead", $"{Seconds(speculation.Saved)} saved; {speculation.WastedRefinements} refinements in vain, {speculation.WastedSteps} steps");
        }

        Add(table, "Draft", report.Encoding is { } encoding ? $"{encoding}, {Bytes(report.DraftBytes)}" : "not sent");
        Add(table, "Up, down", $"{Bytes(report.BytesUp)}, {Bytes(report.BytesDown)}");
        foreach (var (name, time) in new[]
                 {
                     ("Connecting", report.Connecting), ("Encoding", report.EncodingTime), ("Prediction", report.PredictionTime), ("Uplink", report.Uplink),
                     ("Queue", report.Queue), ("Computing", report.Compute), ("Downlink", report.Downlink), ("Decoding", report.DecodingTime),
                     ("Failed attempts", report.FailedAttempts), ("In all", report.Total),
                 })
        {
            Add(table, name, Seconds(time));
        }

        return table;
    }

    /// <summary>The rounds of a session.</summary>
    public static Table Of(IEnumerable<Round> rounds)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("Round", "From", "Strength", "Steps", "Time", "Prompt");
        foreach (var round in rounds)
        {
            string[] cells =
            [
                Number(round.Number, "D"), round.Parent is { } parent ? Number(parent, "D") : "noise", Number(round.Strength, "F2"), Number(round.StepsRun, "D"), Seconds(round.Duration),
                round.Prompt,
            ];
            table.AddRow(cells.Select(cell => new Text(cell)));
        }

        return table;
    }

    private static void Add(Table table, string name, string value) => table.AddRow(new Text(name), new Text(value));

    private static string Reason(RefinementReport report) => report.EdgeReason is { } reason ? $": {reason}" : report.Attempts > 1 ? $", at the {report.Attempts}. attempt" : "";

    private static string Bytes(long bytes) => bytes < 10_000 ? $"{Number(bytes, "N0")} bytes" : $"{Number(bytes / 1000.0, "N0")} kB";

    private static string Seconds(TimeSpan time) => $"{Number(time.TotalSeconds, "F3")} s";

    private static string Number(IFormattable number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
