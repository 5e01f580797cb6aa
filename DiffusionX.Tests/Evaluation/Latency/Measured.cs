using DiffusionX.Evaluation.Latency;

namespace DiffusionX.Tests.Evaluation.Latency;

/// <summary>Measurements made up for tests.</summary>
internal static class Measured
{
    public static SessionMeasurement Session(string system, string session, double seconds, double cloudSeconds = 0) => new()
    {
        System = system,
        Session = session,
        Seconds = seconds,
        FirstPreviewSeconds = seconds / 2,
        CloudSeconds = cloudSeconds,
        Strengths = [0.5, 0.4],
    };
}
