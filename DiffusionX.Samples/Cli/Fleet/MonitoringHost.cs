using System.Text.Json.Nodes;
using DiffusionX.Cli.Serve;
using DiffusionX.Hosting;
using DiffusionX.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Cli.Fleet;

/// <summary>How a gateway or a worker is, for orchestrators: <c>/health/live</c>, <c>/health/ready</c> and <c>/metrics</c>; and its log.</summary>
internal sealed class MonitoringHost : IAsyncDisposable
{
    private readonly IHost host;
    private Func<JsonObject>? state;

    private MonitoringHost(MonitoringAddress? address)
    {
        if (address is null)
        {
            var plain = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "diffusionx", ContentRootPath = Environment.CurrentDirectory });
            ServerHost.AddLog(plain.Logging);
            plain.Services.AddSingleton<IHostLifetime, CommandLifetime>();
            host = plain.Build();
            return;
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "diffusionx", ContentRootPath = Environment.CurrentDirectory });
        ServerHost.AddLog(builder.Logging);
        ServerHost.AddMonitoring(builder.Services).WithMetrics(metrics => metrics.AddMeter(DiffusionXServices.TelemetryName));
        builder.Services.AddSingleton<IHostLifetime, CommandLifetime>();
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 2048;
            kestrel.Listen(address.Address, address.Port);
        });
        var app = builder.Build();
        app.UseRouting();
        app.MapPrometheusScrapingEndpoint(PortRules.Metrics);
        app.MapGet("/health/live", () => Results.Ok());
        app.MapGet("/health/ready", Ready);
        app.MapGet("/health", Ready);
        host = app;
    }

    /// <summary>Where the process logs to.</summary>
    public ILoggerFactory Logs => host.Services.GetRequiredService<ILoggerFactory>();

    /// <summary>Starts it; the process is not ready yet.</summary>
    /// <exception cref="TransportException">The address is taken, or may not be used.</exception>
    public static async Task<MonitoringHost> StartAsync(MonitoringAddress? address, CancellationToken cancellationToken)
    {
        var monitoring = new MonitoringHost(address);
        try
        {
            await monitoring.host.StartAsync(cancellationToken);
            return monitoring;
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            await monitoring.DisposeAsync();
            throw new TransportException($"{address!.Address}:{address.Port} for health and metrics can't be opened: {error.Message} Choose another --monitoring, or none.", error);
        }
    }

    /// <summary>From now on the process is ready, as long as this does not say that it drains.</summary>
    public void Show(Func<JsonObject> current) => state = current;

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync(CancellationToken.None);
        await ((IAsyncDisposable)host).DisposeAsync();
    }

    private IResult Ready()
    {
        var current = state?.Invoke() ?? new JsonObject { ["draining"] = false };
        var isReady = state is not null && !(bool)current["draining"]!;
        current["status"] = isReady ? "Healthy" : "Unhealthy";
        return Results.Text(current.ToJsonString(), "application/json", statusCode: isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
