using Spectre.Console;

namespace DiffusionX.Cli.Terminal;

/// <summary>Where the program writes: results to standard output; progress to standard error, and so never into a result.</summary>
internal static class Consoles
{
    // Wider than any line: nothing is wrapped that goes into a file.
    private const int FileWidth = 1000;

    private static readonly Lazy<IAnsiConsole> LazyOutput = new(() => Create(Console.Out));
    private static readonly Lazy<IAnsiConsole> LazyProgress = new(() => Create(Console.Error));

    public static IAnsiConsole Output => LazyOutput.Value;

    public static IAnsiConsole Progress => LazyProgress.Value;

    private static IAnsiConsole Create(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        if (output.IsTerminal)
        {
            return AnsiConsole.Create(new AnsiConsoleSettings { Out = output });
        }

        var plain = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = output,
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        plain.Profile.Width = FileWidth;
        return plain;
    }
}
