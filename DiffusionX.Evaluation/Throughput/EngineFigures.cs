using System.Diagnostics.Metrics;
using DiffusionX.Runtime;

namespace DiffusionX.Evaluation.Throughput;

/// <summary>What the models of this process count of their batches, from its making to its disposal.</summary>
internal sealed class EngineFigures : IDisposable
{
    private const string BatchSize = "diffusionx.batch.size";

    private readonly MeterListener listener = new();
    private long calls;
    private long pictures;

    public EngineFigures()
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == Telemetry.MeterName && instrument.Name == BatchSize)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((_, size, _, _) =>
        {
            Interlocked.Increment(ref calls);
            Interlocked.Add(ref pictures, size);
        });
        listener.Start();
    }

    /// <summary>Pictures in a call of the UNet, in the mean; 0 before the first.</summary>
    public double MeanBatch => Interlocked.Read(ref calls) is var count and > 0 ? Interlocked.Read(ref pictures) / (double)count : 0;

    public void Dispose() => listener.Dispose();
}
