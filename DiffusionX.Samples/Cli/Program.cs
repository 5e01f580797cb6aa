using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using DiffusionX.Cli;
using DiffusionX.Cli.Arguments;
using DiffusionX.Cli.Doctor;
using DiffusionX.Cli.Terminal;
using DiffusionX.Runtime;

StandardStreams.Guard();
using var interruption = new Interruption();

// Numbers are read and written in one way, whatever the machine's language.
CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;

LibTorchPackage.Use();
TorchRuntime.TuneProcess();

// A prompt may begin with @, as handles do: it names no file of further arguments.
var parsing = new ParserConfiguration { ResponseFileTokenReplacer = null };
var root = new DiffusionXCommand();
var parsed = root.Parse(args, parsing);
try
{
    parsed = root.Parse(SavedOptions.AddTo(root, args, parsed), parsing);
}
catch (UsageException error)
{
    return Failure.OfUsage(parsed, error.Message);
}

Consoles.WritesJson = DiffusionXCommand.WantsJson(parsed);
if (parsed.Action is ParseErrorAction)
{
    return Failure.OfUsage(parsed);
}

try
{
    // Errors and interruptions are reported here, in one line each, and not by the parser.
    var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    var exitCode = await parsed.InvokeAsync(configuration, interruption.Token);
    return StandardStreams.OutputFailure is { } failure ? Failure.OfOutput(failure) : exitCode;
}
catch (UsageException error)
{
    return Failure.OfUsage(parsed, error.Message);
}
catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
{
    return Failure.OfInterruption();
}
catch (DiffusionX.DiffusionXException error)
{
    return Failure.Of(error, DiffusionXCommand.WantsTrace(parsed));
}
catch (Exception error)
{
    return Failure.OfUnexpected(error, DiffusionXCommand.WantsTrace(parsed));
}
