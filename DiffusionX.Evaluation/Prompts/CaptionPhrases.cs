using System.Collections.Immutable;

namespace DiffusionX.Evaluation.Prompts;

/// <summary>
/// A caption in the parts in which somebody might come to it: "a brown dog sitting on a beach near a ball" is the thing "dog" with the
/// attribute "brown", and the phrases "sitting on a beach" and "near a ball". Short word lists decide, not a parser; captions that they
/// can't read are left out, of which COCO has more than enough.
/// </summary>
/// <param name="Determiner">How the thing is counted or pointed at: "a", "the", "two" …</param>
/// <param name="Attributes">What kind of thing it is.</param>
/// <param name="Thing">What the caption is about.</param>
/// <param name="Phrases">Where it is, what it does, and what is around it.</param>
internal sealed record CaptionPhrases(string Determiner, ImmutableArray<string> Attributes, string Thing, ImmutableArray<string> Phrases)
{
    private const int MostAttributes = 3;
    private const int ShortestCaption = 5;

    /// <summary>The thing alone.</summary>
    public string Object => $"{Article(Thing)} {Thing}";

    /// <summary>The thing and its attributes.</summary>
    public string Subject => Attributes.IsEmpty ? Object : $"{Article(Attributes[0])} {string.Join(' ', Attributes)} {Thing}";

    /// <summary>Everything up to a number of phrases.</summary>
    public string Upto(int phrases) => string.Join(' ', Phrases.Take(phrases).Prepend(Subject));

    /// <summary>Takes a caption apart; null if it is not of that form.</summary>
    public static CaptionPhrases? Of(string caption)
    {
        string[] words = [.. caption.Trim().TrimEnd('.', '!', ' ').ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        if (words.Length < ShortestCaption || !EnglishWords.IsDeterminer(words[0]) || !words.All(EnglishWords.IsPlain))
        {
            return null;
        }

        var end = Array.FindIndex(words, 1, EnglishWords.BeginsPhrase);
        return end > 1 && ThingStart(words[1..end]) is { } start && Cut(words[end..]) is { } phrases
            ? new CaptionPhrases(words[0], [.. words[1..(1 + start)]], string.Join(' ', words[(1 + start)..end]), phrases)
            : null;
    }

    // The last word, or all of "bunch of bananas"; null where that is no thing, or has more attributes than anybody types at once.
    private static int? ThingStart(string[] words)
    {
        var of = Array.IndexOf(words, "of");
        var start = (of < 0 ? words.Length : of) - 1;
        return start is >= 0 and <= MostAttributes && EnglishWords.IsThing(words[start]) && !EnglishWords.NeedsMore(words[^1]) ? start : null;
    }

    // A phrase begins at a preposition; a verb keeps the one that follows it ("sitting on a beach").
    private static ImmutableArray<string>? Cut(string[] words)
    {
        var phrases = new List<List<string>>();
        var needsMore = false;
        foreach (var word in words)
        {
            if (phrases.Count == 0 || (EnglishWords.BeginsPhrase(word) && !needsMore))
            {
                phrases.Add([]);
            }

            phrases[^1].Add(word);
            needsMore = EnglishWords.NeedsMore(word);
        }

        return needsMore ? null : [.. phrases.Select(phrase => string.Join(' ', phrase))];
    }

    private string Article(string next) => Determiner is "a" or "an" ? EnglishWords.Article(next) : Determiner;
}
