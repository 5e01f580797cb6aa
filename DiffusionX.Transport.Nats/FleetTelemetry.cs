using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace DiffusionX.Transport.Nats;

/// <summary>What a process of the fleet measures, in the meter of all of DiffusionX.</summary>
internal static class FleetTelemetry
{
    private static readonly Meter Meter = new("DiffusionX", typeof(FleetTelemetry).Assembly.GetName().Version?.ToString(3));

    private static readonly ConcurrentDictionary<FleetWorker, bool> Workers = new();

    private static readonly Histogram<double> Wait =
        Meter.CreateHistogram<double>("diffusionx.fleet.queue.wait", "s", "From a request's arrival in the queue to the worker that takes it.");

    private static readonly Counter<long> Redeliveries =
        Meter.CreateCounter<long>("diffusionx.fleet.redeliveries", "{request}", "Requests that were taken over from a worker that did not finish them.");

    static FleetTelemetry()
    {
        Meter.CreateObservableGauge("diffusionx.fleet.worker.places", () => Workers.Keys.Sum(worker => worker.Places), "{request}", "Requests that this worker computes at once.");
        Meter.CreateObservableGauge("diffusionx.fleet.worker.busy", () => Workers.Keys.Sum(worker => worker.Busy), "{request}", "Requests that this worker computes now.");
    }

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
}
