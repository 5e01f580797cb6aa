using DiffusionX.Cli.Shipped;
using DiffusionX.Pipeline;
using DiffusionX.Transport.Nats;

namespace DiffusionX.Cli.Fleet;

/// <summary>What the user asked <c>diffusionx worker</c> for.</summary>
internal sealed record WorkerSettings
{
    public required NatsFleetOptions Nats { get; init; }

    public required string ModelFolder { get; init; }

    public required DiffusionModelOptions Model { get; init; }

    /// <summary>The files of the LoRAs that clients may ask for.</summary>
    public IReadOnlyList<string> Loras { get; init; } = [];

    /// <summary>What predicts how much noise a draft needs.</summary>
    public required StrengthFolders Strengths { get; init; }

    public int MaxPixels { get; init; }

    /// <summary>Where health and metrics are; null for none.</summary>
    public MonitoringAddress? Monitoring { get; init; }

    /// <summary>How long requests that were taken may go on after the signal to stop.</summary>
    public TimeSpan DrainLimit { get; init; }

    /// <summary>
    /// For measurements: how long each step takes beside what it computes, as if a device were slower, without the processor's time.
    /// </summary>
    public TimeSpan DeviceTime { get; init; }
}
