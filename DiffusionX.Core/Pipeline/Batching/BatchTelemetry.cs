using System.Diagnostics.Metrics;
using DiffusionX.Runtime;

namespace DiffusionX.Pipeline.Batching;

/// <summary>What a batch engine measures. Steps per second are the rate of the counter of steps.</summary>
internal static class BatchTelemetry
{
    private static readonly Histogram<int> Size = Telemetry.Meter.CreateHistogram<int>(
        "diffusionx.batch.size", "{picture}", "Pictures that took a step in one call of the UNet.");

    private static readonly Histogram<double> Occupancy = Telemetry.Meter.CreateHistogram<double>(
        "diffusionx.batch.occupancy", "1", "The part of the engine's places that is taken, at each call of the UNet.");

    private static readonly Histogram<double> Wait = Telemetry.Meter.CreateHistogram<double>(
        "diffusionx.batch.wait.duration", "s", "From a run's wish to its beginning.");

    private static readonly Counter<long> Steps = Telemetry.Meter.CreateCounter<long>(
        "diffusionx.batch.steps", "{step}", "Steps that pictures took.");

    private static readonly Counter<long> Halvings = Telemetry.Meter.CreateCounter<long>(
        "diffusionx.batch.halvings", "{halving}", "Batches that were halved because they did not fit into memory.");

    public static void Began(TimeSpan waited) => Wait.Record(waited.TotalSeconds);

    public static void Stepped(int pictures, double occupancy)
    {
        Size.Record(pictures);
        Occupancy.Record(occupancy);
        Steps.Add(pictures);
    }

    public static void Halved() => Halvings.Add(1);
}
