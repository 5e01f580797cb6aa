using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Models;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Transport;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Tcp;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Refining;

/// <summary>
/// The way from a host's edge to its cloud: over the network, or within the process to a refiner that is started when it is needed first.
/// </summary>
internal sealed class CloudLinkSource(IOptions<DiffusionXOptions> options, HostedModels models, TimeProvider time, ILoggerFactory logs) : IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private ITransport? link;
    private CloudRefiner? refiner;

    /// <summary>The link.</summary>
    /// <exception cref="DiffusionXException">The model that refines can't be loaded.</exception>
    public async Task<ITransport> GetAsync(CloudOptions cloud, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return link ??= cloud.Model is { } model
                ? await StartAsync(model, cancellationToken).ConfigureAwait(false)
                : new TcpTransport(cloud.ToTransportOptions(), logs.CreateLogger<TcpTransport>());
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (refiner is not null)
        {
            await refiner.DisposeAsync().ConfigureAwait(false);
        }

        gate.Dispose();
    }

    private async Task<ITransport> StartAsync(string name, CancellationToken cancellationToken)
    {
        var model = await models.GetAsync(name, cancellationToken).ConfigureAwait(false);
        var memory = new InMemoryTransport();
        var settings = new CloudRefinerOptions
        {
            Name = name,
            Scheduler = model.Defaults.Scheduler,
            PromptsInTelemetry = options.Value.PromptsInTelemetry,
            TimeProvider = time,
            Logs = logs,
        };
        refiner = await CloudRefiner.StartAsync(model.Model, memory, settings, cancellationToken).ConfigureAwait(false);
        return memory;
    }
}
