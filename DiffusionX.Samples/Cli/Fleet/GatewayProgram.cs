using System.Text.Json.Nodes;
using DiffusionX.Cli.Terminal;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Transport;
using DiffusionX.Transport.Nats;
using DiffusionX.Transport.Tcp;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace DiffusionX.Cli.Fleet;

/// <summary>
/// What <c>diffusionx gateway</c> does: let clients in and have workers refine their drafts, until it is told to stop; then finish what it
/// has taken on. It loads no model, and no libtorch.
/// </summary>
internal sealed class GatewayProgram(GatewaySettings settings)
{
    public async Task<int> RunAsync(CancellationToken stop)
    {
        await using var monitoring = await MonitoringHost.StartAsync(settings.Monitoring, stop);
        var options = settings.Clients with { Logs = monitoring.Logs };
        options.Validate();
        var log = new RateLimitedLogger(monitoring.Logs.CreateLogger<GatewayProgram>(), options.TimeProvider);
        await using var connection = await FleetConnection.OpenAsync(settings.Nats, options.Limits.MaxFrameBytes, stop);
        await using var fleet = new FleetClient(connection, options.TimeProvider, log);
        await HearWorkersAsync(fleet, stop);
        var backend = new GatewayBackend(fleet, options, log);
        var link = new TcpTransport(settings.Listen, monitoring.Logs.CreateLogger<TcpTransport>());
        await using var server = await RefinementServer.StartAsync(link, backend, options, log, stop);
        monitoring.Show(() => Describe(server.State, fleet.Roster));
        Announce(server.Address, fleet.Roster);
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Draining.RunAsync(
            settings.DrainLimit,
            patience => server.DrainAsync(settings.DrainLimit, patience),
            "nothing new is taken on, and what was is finished.",
            "some requests were not finished.");
        return 0;
    }

    // Whoever is there says so once a heartbeat; the first client should not be told that nobody is.
    private async Task HearWorkersAsync(FleetClient fleet, CancellationToken stop)
    {
        var until = DateTime.UtcNow + (2 * settings.Nats.Heartbeat);
        while (fleet.Roster.Places == 0 && DateTime.UtcNow < until)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), stop);
        }
    }

    private static JsonObject Describe(CloudRefinerState state, WorkerRoster roster) => new()
    {
        ["connections"] = state.Connections,
        ["queued"] = state.Queued,
        ["draining"] = state.Draining,
        ["workers"] = roster.Live().Count,
        ["places"] = roster.Places,
    };

    private static void Announce(string address, WorkerRoster roster)
    {
        Consoles.Output.WriteLine($"Listening on {address}; Ctrl-C stops.");
        foreach (var models in roster.Live().GroupBy(worker => worker.ModelName))
        {
            Consoles.Output.WriteLine($"{models.Count()} workers have {models.Key}.");
        }
    }
}
