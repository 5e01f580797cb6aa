using DiffusionX.Cli.Terminal;
using Spectre.Console;

namespace DiffusionX.Cli.Fleet;

/// <summary>The end of a gateway or a worker: what it has taken on goes on for a while.</summary>
internal static class Draining
{
    /// <summary>Says that it stops, drains, and says how that ended.</summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="drainAsync">Drains.</param>
    /// <param name="goodbye">What is done until then.</param>
    /// <param name="left">What becomes of what was not finished.</param>
    public static async Task RunAsync(TimeSpan limit, Func<CancellationToken, Task> drainAsync, string goodbye, string left)
    {
        Consoles.Output.WriteLine($"Stopping: {goodbye}");
        using var patience = new CancellationTokenSource(limit);
        try
        {
            await drainAsync(patience.Token);
            Consoles.Output.WriteLine("Stopped.");
        }
        catch (OperationCanceledException)
        {
            Consoles.Output.WriteLine($"Stopped after {limit.TotalSeconds:F0} s; {left}");
        }
    }
}
