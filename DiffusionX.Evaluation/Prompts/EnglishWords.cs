namespace DiffusionX.Evaluation.Prompts;

/// <summary>The little that has to be known about English words to take a caption apart and to change its mind.</summary>
internal static class EnglishWords
{
    private static readonly HashSet<string> Determiners = ["a", "an", "the", "two", "three", "four", "five", "some", "several", "many"];

    private static readonly HashSet<string> Prepositions =
    [
        "on", "in", "at", "with", "near", "under", "over", "above", "below", "behind", "beside", "by", "next", "inside", "outside", "along", "across", "through", "between",
        "against", "around", "from", "for", "into", "onto", "down", "up", "during", "while", "without", "underneath", "beneath", "among", "atop", "past", "toward", "towards",
    ];

    private static readonly HashSet<string> OtherBeginnings =
        ["and", "is", "are", "that", "which", "who", "has", "have", "sits", "stands", "rides", "lies", "looks", "holds", "walks", "eats", "plays", "made", "filled", "covered", "parked"];

    private static readonly HashSet<string> Unfinished = ["a", "an", "the", "of", "to", "top", "next", "front", "its", "their", "his", "her", "very", "two", "three", "several", "some"];

    private static readonly HashSet<string> NotVerbs = ["building", "ceiling", "morning", "evening", "king", "ring", "wing", "wings", "string", "spring", "clothing", "painting", "something", "railing"];

    // Words that end like a thing's name would, and name none: "a yellow and blue train", "a close up of a plate".
    private static readonly HashSet<string> NoThings = ["close", "very", "double", "half"];

    private static readonly string[][] Qualities =
    [
        ["red", "blue", "green", "yellow", "orange", "purple", "pink", "brown", "black", "white", "gray"],
        ["small", "large", "huge", "tiny"],
        ["old", "new"],
    ];

    private static readonly string[][] Alternatives =
    [
        .. Qualities,
        ["dog", "cat", "horse", "cow", "sheep", "bear", "elephant", "zebra", "giraffe", "bird"],
        ["car", "truck", "bus", "train", "motorcycle", "bicycle", "boat"],
        ["man", "woman", "boy", "girl"],
        ["pizza", "sandwich", "cake", "salad"],
        ["table", "bench", "couch", "bed", "chair"],
        ["beach", "street", "field", "park", "forest", "road"],
        ["kitchen", "bathroom", "bedroom", "room"],
        ["snow", "grass", "sand", "water"],
    ];

    public static bool IsDeterminer(string word) => Determiners.Contains(word);

    /// <summary>Letters, hyphens and apostrophes only: no numbers, brackets, commas or misplaced stops.</summary>
    public static bool IsPlain(string word) => word.All(character => char.IsAsciiLetter(character) || character is '-' or '\'');

    /// <summary>Whether a word can be what a caption is about.</summary>
    public static bool IsThing(string word) => !NoThings.Contains(word) && !Qualities.Any(set => set.Contains(word));

    /// <summary>Whether what a caption is about ends before this word.</summary>
    public static bool BeginsPhrase(string word) => Prepositions.Contains(word) || OtherBeginnings.Contains(word) || IsParticiple(word);

    /// <summary>Whether a prompt can't end with this word.</summary>
    public static bool NeedsMore(string word) => BeginsPhrase(word) || Unfinished.Contains(word);

    public static string Article(string next) => "aeiou".Contains(next[0], StringComparison.Ordinal) ? "an" : "a";

    /// <summary>Another word that could stand in the place of this one; null if none is known.</summary>
    public static string? Other(string word, Random random)
    {
        var others = Alternatives.FirstOrDefault(set => set.Contains(word))?.Where(other => other != word).ToArray();
        return others?[random.Next(others.Length)];
    }

    private static bool IsParticiple(string word) => word.Length > 4 && word.EndsWith("ing", StringComparison.Ordinal) && !NotVerbs.Contains(word);
}
