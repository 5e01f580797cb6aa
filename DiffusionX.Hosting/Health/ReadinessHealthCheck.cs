using DiffusionX.Hosting.Models;
using DiffusionX.Hosting.Refining;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DiffusionX.Hosting.Health;

/// <summary>Whether a host is ready: its models are loaded, and its refiner, where it has one, listens and is not about to stop.</summary>
internal sealed class ReadinessHealthCheck(HostedModels models, HostedRefiner refiner) : IHealthCheck
{
    public const string Name = "diffusionx";
    public const string ReadyTag = "ready";

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(Check());

    private HealthCheckResult Check()
    {
        if ((models.Failure ?? refiner.Failure) is { } failure)
        {
            return HealthCheckResult.Unhealthy("A model could not be loaded, or the refiner could not listen; the log says why.", failure);
        }

        if (!models.AreReady)
        {
            return HealthCheckResult.Unhealthy("The models are being loaded.");
        }

        return refiner switch
        {
            { IsEnabled: false } => HealthCheckResult.Healthy("The models are loaded."),
            { State: null } => HealthCheckResult.Unhealthy("The refiner is about to listen."),
            { State.Draining: true } => HealthCheckResult.Unhealthy("The refiner finishes what it has taken on, and stops."),
            _ => HealthCheckResult.Healthy("The models are loaded, and the refiner listens."),
        };
    }
}
