using System.Net;
using System.Text.Json.Nodes;
using DiffusionX.Cli.Links;
using DiffusionX.Cli.Terminal;
using DiffusionX.Hosting.Models;
using DiffusionX.Hosting.Refining;
using DiffusionX.Pipeline;
using DiffusionX.Transport;
using DiffusionX.Transport.Tcp;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace DiffusionX.Cli.Serve;

/// <summary>
/// What <c>diffusionx serve</c> does: refine the drafts of others until it is told to stop, then finish what it has taken on.
/// </summary>
internal sealed class ServeProgram(ServeSettings settings)
{
    public async Task<int> RunAsync(CancellationToken stop)
    {
        CheckExposure();
        var host = ServerHost.Build(settings);
        await using var disposed = (IAsyncDisposable)host;
        var refiner = host.Services.GetRequiredService<HostedRefiner>();
        using var abandon = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var loading = LoadAsync(host.Services.GetRequiredService<HostedModels>(), abandon.Token);
        try
        {
            await ServerHost.StartAsync(host, settings, stop);
            await loading;
            Announce(await refiner.WaitUntilListeningAsync(stop), host as WebApplication);
            await UntilAsync(stop);
            await DrainAsync(refiner);
        }
        finally
        {
            await abandon.CancelAsync();
            await loading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await host.StopAsync(CancellationToken.None);
        }

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

        if (settings.Http is { IsLocal: false } http && settings.ApiKeys.Count == 0)
        {
            throw new TransportException(
                $"{http.Host} can be reached from other machines: let clients show a key (--api-key-file FILE, or the environment variable {ServeCommand.ApiKeyVariable}), or listen on 127.0.0.1.");
        }

        if (settings is { Http.IsEncrypted: true, Certificate: null })
        {
            throw new TransportException("--http has an address with https, and there is no certificate to show: name one with --certificate.");
        }
    }

    private static Task LoadAsync(HostedModels models, CancellationToken cancellationToken) => Consoles.Progress.Status().StartAsync("Loading …", async status =>
    {
        var progress = new LoadingReporter(step =>
        {
            Consoles.Tell("loading", new JsonObject { ["component"] = step.Component, ["index"] = step.Index, ["count"] = step.Count });
            status.Status($"Loading the model's {step.Component} ({step.Index} of {step.Count}) …");
        });
        await models.LoadAsync(progress, cancellationToken);
        foreach (var name in models.Names)
        {
            foreach (var note in (await models.GetAsync(name, cancellationToken)).Model.Notes)
            {
                Consoles.Progress.WriteLine(note);
            }
        }
    });

    private void Announce(string address, WebApplication? web)
    {
        var fingerprint = settings.Listen.Tls?.Certificate is { } certificate ? TlsOptions.FingerprintOf(certificate) : null;
        var monitoring = settings.MonitoringPort == 0 ? null : $"http://127.0.0.1:{settings.MonitoringPort}";
        var api = settings.Http is null ? null : web!.Urls.First(url => new Uri(url).Port != settings.MonitoringPort);
        Consoles.Tell("listening", new JsonObject { ["address"] = address, ["fingerprint"] = fingerprint, ["monitoring"] = monitoring, ["http"] = api });
        Consoles.Output.WriteLine($"Listening on {address}; Ctrl-C stops.");
        if (fingerprint is not null)
        {
            Consoles.Output.WriteLine($"The certificate's fingerprint is {fingerprint}.");
        }

        if (monitoring is not null)
        {
            Consoles.Output.WriteLine($"Health is at {monitoring}/health, metrics are at {monitoring}{PortRules.Metrics}.");
        }

        if (api is not null)
        {
            Consoles.Output.WriteLine($"The HTTP API is at {api}/v1, its description at {api}/openapi/diffusionx.json.");
        }
    }

    private static async Task UntilAsync(CancellationToken stop) =>
        await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task DrainAsync(HostedRefiner refiner)
    {
        Consoles.Tell("stopping", new JsonObject { ["seconds_at_most"] = settings.DrainLimit.TotalSeconds });
        Consoles.Output.WriteLine("Stopping: nothing new is taken on, and what was is finished.");
        using var limit = new CancellationTokenSource(settings.DrainLimit);
        try
        {
            await refiner.DrainAsync(limit.Token);
            Consoles.Tell("stopped", new JsonObject { ["finished"] = true });
            Consoles.Output.WriteLine("Stopped.");
        }
        catch (OperationCanceledException)
        {
            Consoles.Tell("stopped", new JsonObject { ["finished"] = false });
            Consoles.Output.WriteLine($"Stopped after {settings.DrainLimit.TotalSeconds:F0} s; some requests were not finished.");
        }
    }

    /// <summary>Reports on the thread that loads.</summary>
    private sealed class LoadingReporter(Action<LoadingProgress> report) : IProgress<LoadingProgress>
    {
        public void Report(LoadingProgress value) => report(value);
    }
}
