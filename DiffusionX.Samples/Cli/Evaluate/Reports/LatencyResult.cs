using DiffusionX.Evaluation.Latency;
using DiffusionX.Evaluation.Prompts;

namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>All that is known of latency after the sessions were played.</summary>
/// <param name="Sessions">The sessions.</param>
/// <param name="Measurements">What each took in each system.</param>
/// <param name="Systems">The systems' figures.</param>
/// <param name="Here">The speeds of this machine, measured apart from the sessions.</param>
internal sealed record LatencyResult(
    IReadOnlyList<PromptSession> Sessions, IReadOnlyList<SessionMeasurement> Measurements, IReadOnlyList<SystemLatency> Systems, HardwareProfile Here)
{
    public double MeanRounds => Sessions.Average(session => session.Rounds.Length);

    public SystemLatency Of(string system) => Systems.First(figures => figures.System == system);
}
