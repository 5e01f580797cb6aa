using System.Diagnostics.Metrics;

namespace DiffusionX.Runtime;

/// <summary>What all parts of the library count in.</summary>
internal static class Telemetry
{
    /// <summary>The name of the one <see cref="System.Diagnostics.Metrics.Meter"/>.</summary>
    public const string MeterName = "DiffusionX";

    /// <summary>The version of what measures.</summary>
    public static string? Version { get; } = typeof(Telemetry).Assembly.GetName().Version?.ToString(3);

    /// <summary>The one meter.</summary>
    public static Meter Meter { get; } = new(MeterName, Version);
}
