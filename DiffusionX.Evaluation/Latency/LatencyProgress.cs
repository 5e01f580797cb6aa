namespace DiffusionX.Evaluation.Latency;

/// <summary>Where a measurement of latency is.</summary>
/// <param name="Done">Sessions that all systems have played, those of earlier runs included.</param>
/// <param name="Count">Sessions altogether.</param>
internal sealed record LatencyProgress(int Done, int Count);
