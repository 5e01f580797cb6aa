using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DiffusionX.Cli.Doctor;
using DiffusionX.Cli.Terminal;
using DiffusionX.Runtime;
using DiffusionX.Transport;

namespace DiffusionX.Cli;

/// <summary>How the program says that it failed: a line on standard error that begins with its name, and an exit code.</summary>
internal static partial class Failure
{
    private const int LongestMessage = 10_000;
    private const int ErrorCode = 1;
    private const int UsageCode = 2;

    // 128 + SIGINT, as shells have it.
    private const int InterruptionCode = 130;

    /// <summary>Something is wrong with what the user gave, and the message says what.</summary>
    public static int Of(DiffusionXException error, bool trace)
    {
        Say(error is TorchUnavailableException ? $"{error.Message} Or have NuGet fetch it: diffusionx doctor {LibTorchPackage.InstallOption}" : error.Message);
        Trace(error, trace);
        return ErrorCode;
    }

    /// <summary>Nobody foresaw this.</summary>
    public static int OfUnexpected(Exception error, bool trace)
    {
        var hint = trace ? "" : " (--verbose shows where)";
        Say($"unexpected {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}{hint}");
        Trace(error, trace);
        return ErrorCode;
    }

    /// <summary>The command line could not be understood.</summary>
    public static int OfUsage(ParseResult parsed) => OfUsage(parsed, [.. parsed.Errors.Select(error => DotNetType().Replace(error.Message, ""))]);

    /// <inheritdoc cref="OfUsage(ParseResult)"/>
    public static int OfUsage(ParseResult parsed, params IEnumerable<string> messages)
    {
        foreach (var message in messages)
        {
            Say(message);
        }

        Console.Error.WriteLine($"Try '{FullName(parsed.CommandResult)} --help'.");
        return UsageCode;
    }

    /// <summary>All was done, but standard output did not take what it should have said.</summary>
    public static int OfOutput(string why)
    {
        Say($"standard output can't be written: {why}");
        return ErrorCode;
    }

    /// <summary>The user, or the system, ended the run.</summary>
    public static int OfInterruption()
    {
        Say("cancelled.");
        return InterruptionCode;
    }

    [GeneratedRegex(" as expected type '[^']*'")]
    private static partial Regex DotNetType();

    private static string FullName(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{FullName(parent)} {result.Command.Name}" : "diffusionx";

    // Messages quote what came from elsewhere: a file, a cloud, a hub.
    private static void Say(string message)
    {
        var plain = PlainText.Of(message, LongestMessage);
        Consoles.Tell("error", new JsonObject { ["message"] = plain });
        Console.Error.WriteLine($"diffusionx: {plain}");
    }

    private static void Trace(Exception error, bool wanted)
    {
        if (wanted)
        {
            foreach (var line in error.ToString().Split('\n'))
            {
                Console.Error.WriteLine(PlainText.Of(line, LongestMessage));
            }
        }
    }
}
