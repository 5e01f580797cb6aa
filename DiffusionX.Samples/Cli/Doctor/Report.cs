using System.Text.Json.Nodes;
using DiffusionX.Cli.Terminal;
using Spectre.Console;

namespace DiffusionX.Cli.Doctor;

/// <summary>What was found out: a table of names and findings, and one verdict below it.</summary>
internal sealed class Report
{
    private readonly Table table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn("").AddColumn("");

    private readonly JsonObject findings = [];

    public void Add(string name, string finding)
    {
        findings[name] = finding;
        table.AddRow(new Text(name), new Text(finding));
    }

    public void Print(IAnsiConsole console, string verdict, bool isReady)
    {
        Consoles.Tell("machine", new JsonObject { ["ready"] = isReady, ["verdict"] = verdict, ["findings"] = findings });
        console.Write(table);
        console.Write(new Text(verdict, new Style(isReady ? Color.Green : Color.Red)));
        console.WriteLine();
    }
}
