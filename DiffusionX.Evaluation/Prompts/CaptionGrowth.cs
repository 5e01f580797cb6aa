using System.Collections.Immutable;

namespace DiffusionX.Evaluation.Prompts;

/// <summary>
/// The way to a caption in a number of rounds: the object, then its attributes, the setting, further details, and the whole caption at
/// last. Where the caption has a word that could be another, the last round but one may say that other word: then the last one is a
/// substitution.
/// </summary>
internal static class CaptionGrowth
{
    private const int OneInSubstituted = 3;
    private const string Attribute = "attribute";
    private const string Setting = "setting";
    private const string Detail = "detail";
    private const string Substitution = "substitution";

    /// <summary>The rounds; null if the caption gives fewer.</summary>
    /// <param name="caption">What the last round says.</param>
    /// <param name="rounds">How many, two or more.</param>
    /// <param name="random">Decides between the ways there are.</param>
    public static ImmutableArray<PromptRound>? Of(string caption, int rounds, Random random)
    {
        if (CaptionPhrases.Of(caption) is not { } phrases)
        {
            return null;
        }

        var steps = Steps(phrases);
        var changed = random.Next(OneInSubstituted) == 0 ? ChangedLast(steps, random) : null;
        return changed is null ? Choose(steps, rounds, random) : Choose(steps, rounds - 1, random) is { } grown ? End(grown, changed, steps[^1]) : null;
    }

    private static List<PromptRound> Steps(CaptionPhrases phrases)
    {
        var steps = new List<PromptRound> { new(phrases.Object) };
        if (!phrases.Attributes.IsEmpty)
        {
            steps.Add(new PromptRound(phrases.Subject, Attribute));
        }

        steps.AddRange(Enumerable.Range(1, phrases.Phrases.Length).Select(count => new PromptRound(phrases.Upto(count), count == 1 ? Setting : Detail)));
        return steps;
    }

    // The first and the last, and some of those between, in their order.
    private static ImmutableArray<PromptRound>? Choose(List<PromptRound> steps, int rounds, Random random)
    {
        if (rounds < 2)
        {
            return rounds == 1 ? [steps[^1] with { Edit = null }] : null;
        }

        if (steps.Count < rounds)
        {
            return null;
        }

        var between = Enumerable.Range(1, steps.Count - 2).ToArray();
        random.Shuffle(between);
        return [steps[0], .. between.Take(rounds - 2).Order().Select(i => steps[i]), steps[^1]];
    }

    private static string? ChangedLast(List<PromptRound> steps, Random random)
    {
        var words = steps[^1].Prompt.Split(' ');
        var places = Enumerable.Range(1, words.Length - 1).ToArray();
        random.Shuffle(places);
        foreach (var place in places)
        {
            if (EnglishWords.Other(words[place], random) is { } other)
            {
                words[place] = other;
                words[place - 1] = words[place - 1] is "a" or "an" ? EnglishWords.Article(other) : words[place - 1];
                return string.Join(' ', words);
            }
        }

        return null;
    }

    private static ImmutableArray<PromptRound> End(ImmutableArray<PromptRound> grown, string changed, PromptRound last) =>
        [.. grown[..^1], grown[^1] with { Prompt = changed }, last with { Edit = Substitution }];
}
