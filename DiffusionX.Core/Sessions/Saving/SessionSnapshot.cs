using DiffusionX.Sessions.Drafts;

namespace DiffusionX.Sessions.Saving;

/// <summary>What a session is made of at one moment.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Current">The number of its current round, or null before the first.</param>
/// <param name="Rounds">Its rounds in the order of their numbers.</param>
internal sealed record SessionSnapshot(long Seed, int? Current, IReadOnlyList<Round> Rounds);
