using System.Net;
using System.Net.Sockets;
using DiffusionX.Hosting;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace DiffusionX.Cli.Serve;

/// <summary>The host of <c>diffusionx serve</c>: the refiner, the port for those who watch it, and the HTTP API.</summary>
internal static class ServerHost
{
    /// <summary>The model that refines, as the HTTP API calls it.</summary>
    public const string Cloud = "cloud";

    private const string Edge = "edge";
    private const int MonitoringConnections = 2048;

    private static readonly TimeSpan StoppingReserve = TimeSpan.FromSeconds(10);

    // From a queue that is empty to the largest model on a processor.
    private static readonly double[] Seconds = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200];

    /// <summary>Builds it; nothing listens yet.</summary>
    public static IHost Build(ServeSettings settings)
    {
        if (settings is { MonitoringPort: 0, Http: null })
        {
            var plain = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "diffusionx", ContentRootPath = Environment.CurrentDirectory });
            AddServices(plain, settings);
            return plain.Build();
        }

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "diffusionx", ContentRootPath = Environment.CurrentDirectory });
        AddServices(builder, settings);
        AddMonitoring(builder.Services);
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listen(kestrel, settings));
        var app = builder.Build();
        Map(app, settings);
        return app;
    }

    /// <summary>Starts it.</summary>
    /// <exception cref="TransportException">A port is taken, or may not be used.</exception>
    public static async Task StartAsync(IHost host, ServeSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            await host.StartAsync(cancellationToken);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            var isMonitoring = settings.MonitoringPort != 0 && (settings.Http is null || error.Message.Contains($":{settings.MonitoringPort}", StringComparison.Ordinal));
            throw isMonitoring
                ? new TransportException($"Port {settings.MonitoringPort} for health and metrics can't be opened: {error.Message} Choose another --monitoring-port, or 0 for none.", error)
                : new TransportException($"Port {settings.Http!.Port} for the HTTP API can't be opened: {error.Message} Choose another --http.", error);
        }
    }

    private static void AddServices(IHostApplicationBuilder builder, ServeSettings settings)
    {
        AddLog(builder.Logging);
        builder.Services.AddSingleton<IHostLifetime, CommandLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.DrainLimit + StoppingReserve);
        builder.Services.AddDiffusionX(options => Configure(options, settings));
    }

    /// <summary>A line each on standard error, since standard output is for what the program was asked for.</summary>
    public static void AddLog(ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd HH:mm:ss'Z' ";
            console.UseUtcTimestamp = true;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

        // What the framework says of itself, and what the command says in its own words.
        logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None).AddFilter("DiffusionX.Hosting.Models", LogLevel.None);
        logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
    }

    private static void Configure(DiffusionXOptions options, ServeSettings settings)
    {
        options.Models[Cloud] = Model(settings.ModelFolder, settings);
        options.DefaultModel = Cloud;
        options.Refiner = new RefinerOptions
        {
            Model = Cloud,
            Listen = settings.Address,
            Certificate = settings.Certificate,
            CertificateKey = settings.CertificateKey,
            CertificatePassword = ServeCommand.CertificatePassword,
            Token = settings.Token,
            Name = settings.Name,
            QueueCapacity = settings.QueueCapacity,
            DrainTimeout = settings.DrainLimit,
            LoadStrength = settings.Strengths.TryLoadCloudAsync,
        };
        foreach (var lora in settings.Loras)
        {
            options.Refiner.Loras.Add(lora);
        }

        if (settings is { Http: not null, EdgeFolder: { } edge })
        {
            options.Models[Edge] = Model(edge, settings);
            options.Cloud = new CloudOptions { Edge = Edge, Model = Cloud };
        }

        options.Sessions.Folder = settings.SessionsFolder;
        options.Sessions.StrengthFolder = settings.EdgeStrength;
        foreach (var key in settings.ApiKeys)
        {
            options.Http.ApiKeys.Add(key);
        }
    }

    private static ModelOptions Model(string folder, ServeSettings settings) => new()
    {
        Path = folder,
        Device = settings.Model.Device,
        Precision = settings.Model.Precision,
        HalfWeights = settings.Model.HalfPrecisionWeights,
        MaxBatch = settings.Model.MaxBatch,
        Variant = settings.Model.Variant,
    };

    /// <summary>Figures for Prometheus.</summary>
    public static OpenTelemetryBuilder AddMonitoring(IServiceCollection services) => services.AddOpenTelemetry()
        .ConfigureResource(resource => resource.AddService("diffusionx"))
        .WithMetrics(metrics => metrics
            .AddView(instrument => instrument.Unit == "s" ? new ExplicitBucketHistogramConfiguration { Boundaries = Seconds } : null)
            .AddPrometheusExporter());

    private static void Listen(KestrelServerOptions kestrel, ServeSettings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = 4 << 10;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        if (settings.MonitoringPort != 0)
        {
            kestrel.Listen(IPAddress.Loopback, settings.MonitoringPort, listen => Limit(listen, MonitoringConnections));
        }

        if (settings.Http is { } http)
        {
            kestrel.Listen(http.Address!, http.Port, listen =>
            {
                Limit(listen, settings.MaxConnections);
                if (http.IsEncrypted)
                {
                    listen.UseHttps(CertificateFile.Load(settings.Certificate!, settings.CertificateKey, ServeCommand.CertificatePassword));
                }
            });
        }
    }

    // Kestrel's own limit is one for all ports, and clients of one should not shut out those of the other.
    private static void Limit(ListenOptions listen, int most)
    {
        var open = 0;
        listen.Use(next => async connection =>
        {
            try
            {
                if (Interlocked.Increment(ref open) > most)
                {
                    connection.Abort();
                    return;
                }

                await next(connection);
            }
            finally
            {
                Interlocked.Decrement(ref open);
            }
        });
    }

    private static void Map(WebApplication app, ServeSettings settings)
    {
        app.Use((context, next) => new PortRules(settings).Allow(context) is { } refusal ? refusal.ExecuteAsync(context) : next(context));
        app.UseRouting();
        if (settings.MonitoringPort != 0)
        {
            app.MapPrometheusScrapingEndpoint(PortRules.Metrics);
        }

        if (settings.Http is null)
        {
            app.MapDiffusionXHealth();
        }
        else
        {
            app.MapDiffusionX();
        }
    }
}

/// <summary>Leaves signals to the command, which announces in its own words that it stops.</summary>
internal sealed class CommandLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
