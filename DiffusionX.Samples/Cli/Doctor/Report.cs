using Spectre.Console;

namespace DiffusionX.Cli.Doctor;

/// <summary>What was found out: a table of names and findings, and one verdict below it.</summary>
internal sealed class Report
{
    private readonly Table table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn("").AddColumn("");

    public void Add(string name, string finding) => table.AddRow(new Text(name), new Text(finding));

    public void Print(IAnsiConsole console, string verdict, bool isReady)
    {
        console.Write(table);
        console.Write(new Text(verdict, new Style(isReady ? Color.Green : Color.Red)));
        console.WriteLine();
    }
}
