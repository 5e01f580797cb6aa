using Microsoft.Extensions.Hosting;

namespace DiffusionX.Cli.Serve;

/// <summary>Leaves signals to the command, which announces in its own words that it stops.</summary>
internal sealed class CommandLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
