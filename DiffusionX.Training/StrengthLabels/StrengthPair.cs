using DiffusionX.Evaluation.Prompts;
using DiffusionX.Strength;

namespace DiffusionX.Training.StrengthLabels;

/// <summary>
/// What a label is for: a start that shows one prompt, to be redrawn for another by the edge, or a draft of the edge's that went this way,
/// to be refined by the cloud.
/// </summary>
/// <param name="Session">The session that it comes from: pairs of one session are not told apart by a held-out split.</param>
/// <param name="Round">The round that is redrawn, from 1.</param>
/// <param name="StartPrompt">What the start was drawn for.</param>
/// <param name="Prompt">What the redrawn picture should show.</param>
internal sealed record StrengthPair(string Session, int Round, string StartPrompt, string Prompt)
{
    /// <summary>Names the pair in a table.</summary>
    public string Id => $"{Session}#{Round}";

    /// <summary>The pairs of sessions: on the edge each round with the one before it, in the cloud the last round alone.</summary>
    /// <param name="side">Who redraws.</param>
    /// <param name="sessions">The sessions.</param>
    public static IReadOnlyList<StrengthPair> Of(StrengthSide side, IEnumerable<PromptSession> sessions)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        return [.. sessions.SelectMany(session => side == StrengthSide.Edge ? Changes(session) : [Final(session)])];
    }

    private static IEnumerable<StrengthPair> Changes(PromptSession session) => session.Rounds.Zip(session.Rounds.Skip(1))
        .Select((rounds, i) => new StrengthPair(session.Id, i + 2, rounds.First.Prompt, rounds.Second.Prompt));

    private static StrengthPair Final(PromptSession session) => new(session.Id, session.Rounds.Length, session.Rounds[^Math.Min(2, session.Rounds.Length)].Prompt, session.Rounds[^1].Prompt);
}
