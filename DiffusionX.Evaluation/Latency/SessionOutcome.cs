using System.Collections.Immutable;
using DiffusionX.Imaging;

namespace DiffusionX.Evaluation.Latency;

/// <summary>What one session took, and what it showed.</summary>
/// <param name="Measurement">What it took.</param>
/// <param name="Rounds">The picture of each round.</param>
/// <param name="Final">The last picture, refined where the system refines.</param>
internal sealed record SessionOutcome(SessionMeasurement Measurement, ImmutableArray<Picture> Rounds, Picture Final);
