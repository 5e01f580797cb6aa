using System.Text.Json.Nodes;
using Spectre.Console;

namespace DiffusionX.Cli.Terminal;

/// <summary>
/// Where the program writes: results to standard output; progress to standard error, and so never into a result. With <c>--json</c> both
/// are lines of JSON.
/// </summary>
internal static class Consoles
{
    // Wider than any line: nothing is wrapped that goes into a file.
    private const int FileWidth = 1000;

    // no-color.org: whatever it is set to.
    private const string NoColor = "NO_COLOR";

    private static readonly Lazy<IAnsiConsole> LazyOutput = new(() => WritesJson ? CreatePlain(new JsonLines("output")) : Create(Console.Out));
    private static readonly Lazy<IAnsiConsole> LazyProgress = new(() => WritesJson ? CreatePlain(new JsonLines("progress")) : Create(Console.Error));

    /// <summary>Whether standard output is lines of JSON; set before anything is written.</summary>
    public static bool WritesJson { get; set; }

    public static IAnsiConsole Output => LazyOutput.Value;

    public static IAnsiConsole Progress => LazyProgress.Value;

    /// <summary>With <c>--json</c>, says something that programs read.</summary>
    public static void Tell(string name, JsonObject values)
    {
        if (WritesJson)
        {
            JsonLines.Write(name, values);
        }
    }

    private static IAnsiConsole Create(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        if (!output.IsTerminal)
        {
            return CreatePlain(writer);
        }

        var colours = string.IsNullOrEmpty(Environment.GetEnvironmentVariable(NoColor)) ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors;
        return AnsiConsole.Create(new AnsiConsoleSettings { Out = output, ColorSystem = colours });
    }

    private static IAnsiConsole CreatePlain(TextWriter writer)
    {
        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        plain.Profile.Width = FileWidth;
        return plain;
    }
}
