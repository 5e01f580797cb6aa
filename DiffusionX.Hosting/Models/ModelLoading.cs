using Microsoft.Extensions.Hosting;

namespace DiffusionX.Hosting.Models;

/// <summary>Loads the models in the background, so that a host answers to health checks meanwhile.</summary>
internal sealed class ModelLoading(HostedModels models) : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(() => models.LoadAsync(progress: null, stoppingToken), CancellationToken.None);
}
