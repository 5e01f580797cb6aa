using System.Diagnostics;
using System.Diagnostics.Metrics;
using DiffusionX.Runtime;

namespace DiffusionX.Sessions;

/// <summary>
/// The names by which a host subscribes to what sessions and refiners measure. Spans are linked across the wire by W3C trace context.
/// </summary>
internal static class SessionTelemetry
{
    /// <summary>The name of the one <see cref="Meter"/>.</summary>
    public const string MeterName = Telemetry.MeterName;

    /// <summary>The name of the one <see cref="ActivitySource"/>.</summary>
    public const string ActivitySourceName = "DiffusionX";

    internal static Meter Meter => Telemetry.Meter;

    internal static ActivitySource Spans { get; } = new(ActivitySourceName, Telemetry.Version);

    /// <summary>The prompt itself only where the host asked for it: it is the user's words.</summary>
    internal static void TagPrompt(Activity? span, string prompt, bool inFull)
    {
        span?.SetTag("diffusionx.prompt.length", prompt.Length);
        if (inFull)
        {
            span?.SetTag("diffusionx.prompt", prompt);
        }
    }

    /// <summary>The kind of an error alone: its message can quote a prompt.</summary>
    internal static void Fail(Activity? span, Exception error)
    {
        span?.SetTag("error.type", error.GetType().Name);
        span?.SetStatus(ActivityStatusCode.Error);
    }
}
