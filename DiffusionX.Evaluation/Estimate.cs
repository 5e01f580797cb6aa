namespace DiffusionX.Evaluation;

/// <summary>A figure, and between which bounds it would lie in 95 of 100 repetitions with other samples of the same kind.</summary>
/// <param name="Value">The figure.</param>
/// <param name="Low">The lower bound.</param>
/// <param name="High">The upper bound.</param>
internal sealed record Estimate(double Value, double Low, double High);
