using System.Collections.Immutable;

namespace DiffusionX.Evaluation.Prompts;

/// <summary>Somebody's prompts until they were content: the last one is what they wanted.</summary>
/// <param name="Id">Names the session within its set.</param>
/// <param name="Rounds">The rounds, one or more.</param>
internal sealed record PromptSession(string Id, ImmutableArray<PromptRound> Rounds)
{
    /// <inheritdoc/>
    public bool Equals(PromptSession? other) => other is not null && Id == other.Id && Rounds.SequenceEqual(other.Rounds);

    /// <inheritdoc/>
    public override int GetHashCode() => Rounds.Aggregate(Id.GetHashCode(StringComparison.Ordinal), HashCode.Combine);
}
