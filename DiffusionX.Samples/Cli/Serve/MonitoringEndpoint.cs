using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Cloud;
using DiffusionX.Transport;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace DiffusionX.Cli.Serve;

/// <summary>A port on the loopback for those who watch a server: <c>/health</c> in JSON, 503 while it stops, and <c>/metrics</c> for Prometheus.</summary>
internal sealed class MonitoringEndpoint : IDisposable
{
    private const string Host = "127.0.0.1";

    // From a queue that is empty to the largest model on a processor.
    private static readonly double[] Seconds = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200];

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly int port;
    private readonly Func<CloudRefinerState> state;
    private readonly HttpListener health = new();
    private readonly MeterProvider metrics;

    private MonitoringEndpoint(int port, Func<CloudRefinerState> state)
    {
        this.port = port;
        this.state = state;
        health.Prefixes.Add(HealthAddress + "/");
        health.Start();
        metrics = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("diffusionx"))
            .AddMeter(SessionTelemetry.MeterName)
            .AddView(instrument => instrument.Unit == "s" ? new ExplicitBucketHistogramConfiguration { Boundaries = Seconds } : null)
            .AddPrometheusHttpListener(prometheus =>
            {
                prometheus.Host = Host;
                prometheus.Port = port;
            })
            .Build();
        _ = AnswerAsync();
    }

    public string HealthAddress => $"http://{Host}:{port}/health";

    public string MetricsAddress => $"http://{Host}:{port}/metrics";

    /// <summary>Begins to answer.</summary>
    /// <exception cref="TransportException">The port is taken.</exception>
    public static MonitoringEndpoint Open(int port, Func<CloudRefinerState> state)
    {
        try
        {
            return new MonitoringEndpoint(port, state);
        }
        catch (Exception error) when (error is HttpListenerException or SocketException)
        {
            throw new TransportException($"Port {port} for health and metrics can't be opened: {error.Message}. Choose another --monitoring-port, or 0 for none.", error);
        }
    }

    public void Dispose()
    {
        metrics.Dispose();
        health.Close();
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                Answer(await health.GetContextAsync());
            }
        }
        catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // The listener was closed.
        }
    }

    private void Answer(HttpListenerContext context)
    {
        var now = state();
        using var response = context.Response;
        response.StatusCode = (int)(now.Draining ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
        response.ContentType = "application/json";
        response.Close(JsonSerializer.SerializeToUtf8Bytes(now, Json), willBlock: false);
    }
}
