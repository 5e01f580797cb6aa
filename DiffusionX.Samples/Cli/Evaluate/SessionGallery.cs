using System.Collections.Immutable;
using DiffusionX.Evaluation.Latency;
using DiffusionX.Evaluation.Prompts;
using DiffusionX.Imaging;

namespace DiffusionX.Cli.Evaluate;

/// <summary>
/// What sessions drew, by system: the last picture of each and the pictures of its rounds, to be measured and to be looked at.
/// </summary>
internal sealed class SessionGallery(string folder)
{
    private const int SessionsShown = 6;
    private const int Gap = 4;
    private const string RoundsFolder = "rounds";

    private static readonly Picture Blank = new(1, 1, [255, 255, 255]);

    /// <summary>Where the last pictures of a system are, in the order of the sessions.</summary>
    public string FolderOf(string system) => Path.Combine(folder, Slug(system));

    /// <summary>Keeps what a session drew.</summary>
    /// <param name="outcome">What it drew.</param>
    /// <param name="number">The session's number, from 0.</param>
    /// <param name="prompt">What the last picture should show.</param>
    public void Keep(SessionOutcome outcome, int number, string prompt)
    {
        var system = outcome.Measurement.System;
        Directory.CreateDirectory(FolderOf(system));
        outcome.Final.Save(FinalOf(system, number), new Dictionary<string, string> { ["prompt"] = prompt });
        KeepRounds(system, outcome.Rounds, number);
    }

    /// <summary>A session's last picture.</summary>
    public Picture Final(string system, int number) => Picture.Load(FinalOf(system, number));

    /// <summary>The picture of one of its rounds, from 0.</summary>
    public Picture Round(string system, int number, int round) => Picture.Load(RoundOf(system, number, round));

    /// <summary>Whether a system's last pictures are refined from its last rounds, rather than these themselves.</summary>
    public static bool Refines(string system) => system is not (CloudOnly.SystemName or EdgeOnly.SystemName);

    /// <summary>The first sessions, one a row: the rounds from left to right, the refined picture, and what the cloud alone drew.</summary>
    public Picture Grid(IReadOnlyList<PromptSession> sessions)
    {
        PromptSession[] shown = [.. sessions.Take(SessionsShown)];
        var rounds = shown.Max(session => session.Rounds.Length);
        return PictureGrid.Of([.. shown.SelectMany((session, number) => Row(number, session.Rounds.Length, rounds))], rounds + 2, Gap);
    }

    private static string Slug(string system) => string.Concat(system.ToLowerInvariant().Where(letter => char.IsLetterOrDigit(letter) || letter == ' ')).Replace(' ', '-');

    // A session of fewer rounds leaves its first places white.
    private IEnumerable<Picture> Row(int number, int rounds, int columns) =>
    [
        .. Enumerable.Repeat(Blank, columns - rounds),
        .. Enumerable.Range(0, rounds).Select(round => Round(SessionSystems.WithPredictor, number, round)),
        Final(SessionSystems.WithPredictor, number),
        Final(SessionSystems.Baseline, number),
    ];

    private void KeepRounds(string system, ImmutableArray<Picture> rounds, int number)
    {
        Directory.CreateDirectory(Path.Combine(FolderOf(system), RoundsFolder));
        for (var round = 0; round < rounds.Length; round++)
        {
            rounds[round].Save(RoundOf(system, number, round));
        }
    }

    private string FinalOf(string system, int number) => Path.Combine(FolderOf(system), FormattableString.Invariant($"{number:D5}.png"));

    private string RoundOf(string system, int number, int round) => Path.Combine(FolderOf(system), RoundsFolder, FormattableString.Invariant($"{number:D5}-{round + 1}.png"));
}
