using System.Text.RegularExpressions;

namespace DiffusionX.Scenes.Captions;

/// <summary>
/// Reads from a prompt which things it asks for, each named right behind its colour, as <see cref="CaptionWriter"/> does and people do.
/// </summary>
internal static partial class CaptionReader
{
    /// <summary>The things and their colours; none where a prompt is not about scenes.</summary>
    /// <param name="prompt">In any case, with any punctuation.</param>
    public static IReadOnlyList<(ThingKind Kind, ThingColor Color)> Read(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var words = Spaced(prompt);
        return
        [
            .. from kind in Enum.GetValues<ThingKind>()
               from color in Enum.GetValues<ThingColor>()
               where Phrases(kind, color).Any(phrase => words.Contains(phrase, StringComparison.Ordinal))
               select (kind, color),
        ];
    }

    /// <summary>The backdrop and the time of day that a prompt asks for; null for what it does not say.</summary>
    /// <param name="prompt">In any case, with any punctuation.</param>
    public static (BackdropKind? Backdrop, TimeOfDay? Time) ReadSetting(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var words = Spaced(prompt);
        return (Named<BackdropKind>(words, Vocabulary.Of), Named<TimeOfDay>(words, Vocabulary.Of));
    }

    private static T? Named<T>(string words, Func<T, string[]> phrases)
        where T : struct, Enum => Enum.GetValues<T>()
            .Where(value => phrases(value).Any(phrase => words.Contains($" {phrase} ", StringComparison.Ordinal)))
            .Select(value => (T?)value)
            .FirstOrDefault();

    private static IEnumerable<string> Phrases(ThingKind kind, ThingColor color) =>
        from adjective in Vocabulary.Of(color) from noun in Vocabulary.Of(kind) select $" {adjective} {noun} ";

    // With a space around every word, so that no word is found within another.
    private static string Spaced(string prompt) => OtherThanLetters().Replace($" {prompt.ToLowerInvariant()} ", " ");

    [GeneratedRegex(@"\P{L}+")]
    private static partial Regex OtherThanLetters();
}
