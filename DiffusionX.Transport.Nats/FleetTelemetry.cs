using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace DiffusionX.Transport.Nats;

/// <summary>What a process of the fleet measures, in the meter of all of DiffusionX.</summary>
internal static class FleetTelemetry
{
    private static readonly Meter Meter = new("DiffusionX", typeof(FleetTelemetry).Assembly.GetName().Version?.ToString(3));

    private static readonly ConcurrentDictionary<FleetWorker, bool> Workers = new();

    private static readonly ConcurrentDictionary<FleetClient, bool> Gateways = new();

    private static readonly Histogram<double> Wait =
        Meter.CreateHistogram<double>("diffusionx.fleet.queue.wait", "s", "From a request's arrival in the queue to the worker that takes it.");

    private static readonly Counter<long> Redeliveries =
        Meter.CreateCounter<long>("diffusionx.fleet.redeliveries", "{request}", "Requests that were taken over from a worker that did not finish them.");

    static FleetTelemetry()
    {
        Meter.CreateObservableGauge("diffusionx.fleet.worker.places", () => Workers.Keys.Sum(worker => worker.Places), "{request}", "Requests that this worker computes at once.");
        Meter.CreateObservableGauge("diffusionx.fleet.worker.busy", () => Workers.Keys.Sum(worker => worker.Busy), "{request}", "Requests that this worker computes now.");
        Meter.CreateObservableGauge("diffusionx.fleet.queue.depth", () => OfModels(gateway => gateway.Depths), "{request}", "Requests that wait in NATS, by model.");
        Meter.CreateObservableGauge("diffusionx.fleet.places", () => OfModels(gateway => gateway.Roster.ByModel(worker => worker.Places)), "{request}", "Requests that all workers of a model compute at once.");
        Meter.CreateObservableGauge("diffusionx.fleet.busy", () => OfModels(gateway => gateway.Roster.ByModel(worker => worker.Busy)), "{request}", "Requests that they compute now.");
        Meter.CreateObservableGauge("diffusionx.fleet.workers", () => OfModels(gateway => gateway.Roster.ByModel(_ => 1)), "{worker}", "Workers of a model that are there.");
    }

    public static void Track(FleetClient gateway) => Gateways[gateway] = true;

    public static void Forget(FleetClient gateway) => Gateways.TryRemove(gateway, out _);

    public static void Track(FleetWorker worker) => Workers[worker] = true;

    public static void Forget(FleetWorker worker) => Workers.TryRemove(worker, out _);

    public static void Taken(TimeSpan wait, ulong delivery)
    {
        Wait.Record(wait.TotalSeconds);
        if (delivery > 1)
        {
            Redeliveries.Add(1);
        }
    }

    private static IEnumerable<Measurement<long>> OfModels(Func<FleetClient, IReadOnlyDictionary<string, long>> figures) => Gateways.Keys
        .SelectMany(figures)
        .Select(figure => new Measurement<long>(figure.Value, new KeyValuePair<string, object?>("model", figure.Key)));
}
