using DiffusionX.Evaluation.Prompts;
using DiffusionX.Scenes;
using DiffusionX.Scenes.Sessions;
using DiffusionX.Scenes.Streams;

namespace DiffusionX.Cli.Prompts;

/// <summary>Sessions from the grammar of scenes.</summary>
internal static class ScenePrompts
{
    /// <summary>Draws different sessions; the same seed draws the same ones.</summary>
    public static IReadOnlyList<PromptSession> Draw(SceneSplit split, int sessions, int rounds, int seed, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        var numbers = new HashSet<int>();
        while (numbers.Count < sessions)
        {
            numbers.Add(random.Next(SceneStream.Length));
        }

        return [.. numbers.Select(number =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Describe(split, number, SessionStream.At(split, number, rounds));
        })];
    }

    private static PromptSession Describe(SceneSplit split, int number, SceneSession session)
    {
        var edits = session.Edits.Select(edit => edit.ToString().ToLowerInvariant()).Prepend(null);
        return new PromptSession(
            $"scenes-{split.ToString().ToLowerInvariant()}-{number}",
            [.. session.Rounds.Zip(edits, (round, edit) => new PromptRound(round.Caption, edit))]);
    }
}
