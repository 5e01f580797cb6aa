using System.Net;
using DiffusionX.Cli.Generate;
using DiffusionX.Cli.Links;
using DiffusionX.Cli.Terminal;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Strength;
using DiffusionX.Transport;
using DiffusionX.Transport.Tcp;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace DiffusionX.Cli.Serve;

/// <summary>What <c>diffusionx serve</c> does: refine the drafts of others until it is told to stop, then finish what it has taken on.</summary>
internal sealed class ServeProgram(ServeSettings settings)
{
    public async Task<int> RunAsync(CancellationToken stop)
    {
        CheckExposure();
        using var logs = ServerLog.Create();
        using var model = await GenerationDisplay.LoadAsync(settings.ModelFolder, settings.Model, stop);
        var strength = await settings.Strengths.TryLoadCloudAsync(stop) ?? new FixedStrength(CloudRefinerOptions.DefaultStrength);
        using var owned = strength as IDisposable;
        var link = new TcpTransport(settings.Listen, logs.CreateLogger<TcpTransport>());
        await using var refiner = await CloudRefiner.StartAsync(model, link, Options(strength, logs), stop);
        using var monitoring = settings.MonitoringPort == 0 ? null : MonitoringEndpoint.Open(settings.MonitoringPort, () => refiner.State);
        Announce(refiner.Address, monitoring);
        await UntilAsync(stop);
        await DrainAsync(refiner);
        return 0;
    }

    // Said before the model is loaded, and in the words of the command line.
    private void CheckExposure()
    {
        var host = settings.Listen.Host;
        var isLocal = host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
        if (!isLocal && settings.Token is null)
        {
            throw new TransportException(
                $"{host} can be reached from other machines: let clients show a token (--token-file FILE, or the environment variable {SharedSecret.Variable}), or listen on 127.0.0.1.");
        }
    }

    private CloudRefinerOptions Options(IStrengthPredictor strength, ILoggerFactory logs) => new()
    {
        Name = settings.Name,
        Token = settings.Token,
        QueueCapacity = settings.QueueCapacity,
        Strength = strength,
        Scheduler = GenerationDefaults.Read(settings.ModelFolder).Scheduler,
        Logs = logs,
    };

    private void Announce(string address, MonitoringEndpoint? monitoring)
    {
        Consoles.Output.WriteLine($"Listening on {address}; Ctrl-C stops.");
        if (settings.Listen.Tls?.Certificate is { } certificate)
        {
            Consoles.Output.WriteLine($"The certificate's fingerprint is {TlsOptions.FingerprintOf(certificate)}.");
        }

        if (monitoring is not null)
        {
            Consoles.Output.WriteLine($"Health is at {monitoring.HealthAddress}, metrics are at {monitoring.MetricsAddress}.");
        }
    }

    private static async Task UntilAsync(CancellationToken stop) =>
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task DrainAsync(CloudRefiner refiner)
    {
        Consoles.Output.WriteLine("Stopping: nothing new is taken on, and what was is finished.");
        using var limit = new CancellationTokenSource(settings.DrainLimit);
        try
        {
            await refiner.DrainAsync(limit.Token);
            Consoles.Output.WriteLine("Stopped.");
        }
        catch (OperationCanceledException)
        {
            Consoles.Output.WriteLine($"Stopped after {settings.DrainLimit.TotalSeconds:F0} s; some requests were not finished.");
        }
    }
}
