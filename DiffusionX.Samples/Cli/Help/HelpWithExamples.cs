using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace DiffusionX.Cli.Help;

/// <summary>The parser's help, followed by the command's examples.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var exitCode = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is IHasExamples { Examples: var examples })
        {
            Write(examples, parseResult.InvocationConfiguration.Output);
        }

        return exitCode;
    }

    private static void Write(IReadOnlyList<Example> examples, TextWriter output)
    {
        output.WriteLine("Examples:");
        foreach (var example in examples)
        {
            output.WriteLine($"  {example.Purpose}:");
            output.WriteLine($"    {example.CommandLine}");
        }

        output.WriteLine();
    }
}
