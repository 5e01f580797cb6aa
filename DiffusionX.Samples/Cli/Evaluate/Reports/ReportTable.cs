using System.Text;
using System.Text.Json.Nodes;
using CsvHelper;

namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>A table of a report: its first column names, the others are figures.</summary>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">The names of its columns.</param>
/// <param name="Rows">Its rows, each as long as there are columns.</param>
internal sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>As Markdown, without the title.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        AppendRow(text, Columns);
        AppendRow(text, [.. Columns.Select((_, i) => i == 0 ? "---" : "---:")]);
        foreach (var row in Rows)
        {
            AppendRow(text, row);
        }

        return text.ToString();
    }

    /// <summary>As the event of a program that was asked for <c>--json</c>: its cells as they are read by people.</summary>
    public JsonObject ToJson() => new()
    {
        ["title"] = Title,
        ["columns"] = new JsonArray([.. Columns.Select(column => JsonValue.Create(column))]),
        ["rows"] = new JsonArray([.. Rows.Select(row => new JsonArray([.. row.Select(cell => JsonValue.Create(cell))]))]),
    };

    /// <summary>As CSV (RFC 4180, with plain line feeds).</summary>
    public string ToCsv()
    {
        using var text = new StringWriter();
        using var csv = CsvWriter.Create(text, new CsvWriterOptions { NewLine = "\n" });
        foreach (var cells in Rows.Prepend(Columns))
        {
            csv.WriteRecord([.. cells]);
        }

        csv.Flush();
        return text.ToString();
    }

    private static void AppendRow(StringBuilder text, IReadOnlyList<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
}
