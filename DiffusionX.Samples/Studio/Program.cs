using System.CommandLine;
using DiffusionX;
using DiffusionX.Runtime;
using DiffusionX.Studio;
using Microsoft.Extensions.Options;

TorchRuntime.TuneProcess();
try
{
    // Errors are reported here, in one line each, and signals are heard by the host.
    var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    return await new StudioCommand().Parse(args).InvokeAsync(configuration);
}
catch (Exception error) when (error is DiffusionXException or OptionsValidationException or IOException)
{
    Console.Error.WriteLine($"studio: {error.Message}");
    return 1;
}
