using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Models;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Transport;
using DiffusionX.Transport.InMemory;
using DiffusionX.Transport.Tcp;
using DiffusionX.Transport.Throttling;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Refining;

/// <summary>
/// The way from a host's edge to its cloud: over the network, or within the process to a refiner that is started when it is needed first.
/// </summary>
internal sealed class CloudLinkSource(IOptions<DiffusionXOptions> options, HostedModels models, TimeProvider time, ILoggerFactory logs) : IAsyncDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private ITransport? own;
    private CloudRefiner? refiner;

    /// <summary>A session's link: to the host's cloud, or to the one that the session's client chose.</summary>
    /// <exception cref="DiffusionXException">The model that refines can't be loaded.</exception>
    public async Task<ITransport> GetAsync(CloudOptions? cloud, SessionSettings settings, CancellationToken cancellationToken)
    {
        if (cloud is null || settings.Cloud == SessionSettings.NoCloud)
        {
            return new InMemoryTransport();
        }

        var way = settings.Cloud is { } address
            ? new TcpTransport(TcpTransportOptions.FromAddress(address), logs.CreateLogger<TcpTransport>())
            : await OwnAsync(cloud, cancellationToken).ConfigureAwait(false);
        var profile = LinkProfiles.All[settings.Link ?? cloud.Link];
        return profile == LinkProfile.Unlimited ? way : new ThrottledTransport(way, profile, time);
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

    private async Task<ITransport> OwnAsync(CloudOptions cloud, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return own ??= cloud.Model is { } model
                ? await StartAsync(model, cancellationToken).ConfigureAwait(false)
                : new TcpTransport(cloud.ToTransportOptions(), logs.CreateLogger<TcpTransport>());
        }
        finally
        {
            gate.Release();
        }
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
