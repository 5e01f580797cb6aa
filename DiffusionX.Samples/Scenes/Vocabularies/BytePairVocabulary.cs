using System.Globalization;
using System.Text;

namespace DiffusionX.Scenes.Vocabularies;

/// <summary>
/// A vocabulary for CLIP's tokenizer, learned from captions: single bytes, then the pairs that occur most often, until the words of the
/// captions are whole (Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units", 2016). Words that no caption has are
/// spelled in pieces.
/// </summary>
internal sealed class BytePairVocabulary
{
    private const string EndOfWord = "</w>";
    private const string StartOfText = "<|startoftext|>";
    private const string EndOfText = "<|endoftext|>";
    private const int Bytes = 256;

    private BytePairVocabulary(IReadOnlyList<(string Left, string Right)> merges)
    {
        Merges = merges;
        var letters = Enumerable.Range(0, Bytes).Select(LetterOf).Order(StringComparer.Ordinal).ToArray();
        Tokens = [.. letters, .. letters.Select(letter => letter + EndOfWord), .. merges.Select(pair => pair.Left + pair.Right), StartOfText, EndOfText];
    }

    /// <summary>The pairs that are merged, in this order.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; }

    /// <summary>The tokens; a token's place is its id. The end of text is the last, which is where CLIP looks for it.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>Learns a vocabulary in which every word of the captions is one token.</summary>
    public static BytePairVocabulary Learn(IEnumerable<string> captions)
    {
        var words = captions.SelectMany(WordsOf).GroupBy(word => word).Select(group => (Pieces: Spell(group.Key), Count: group.Count())).ToList();
        var merges = new List<(string Left, string Right)>();
        while (words.Where(word => word.Pieces.Length > 1).SelectMany(Pairs).GroupBy(pair => pair.Pair, pair => pair.Count)
            .OrderByDescending(group => group.Sum()).ThenBy(group => group.Key.Left + " " + group.Key.Right, StringComparer.Ordinal).FirstOrDefault() is { } most)
        {
            merges.Add(most.Key);
            words = [.. words.Select(word => (Merge(word.Pieces, most.Key), word.Count))];
        }

        return new BytePairVocabulary(merges);
    }

    /// <summary>The lines of merges.txt.</summary>
    public IEnumerable<string> MergeLines() => Merges.Select(pair => $"{pair.Left} {pair.Right}").Prepend("#version: 0.2");

    private static string[] WordsOf(string caption) =>
        caption.ToLowerInvariant().Replace(",", " , ", StringComparison.Ordinal).Replace(".", " . ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string[] Spell(string word)
    {
        var letters = Encoding.UTF8.GetBytes(word).Select(value => LetterOf(value)).ToArray();
        letters[^1] += EndOfWord;
        return letters;
    }

    private static IEnumerable<((string Left, string Right) Pair, int Count)> Pairs((string[] Pieces, int Count) word) =>
        word.Pieces.Zip(word.Pieces.Skip(1)).Select(pair => (pair, word.Count));

    private static string[] Merge(string[] pieces, (string Left, string Right) pair)
    {
        var merged = new List<string>();
        for (var i = 0; i < pieces.Length; i++)
        {
            var isPair = i + 1 < pieces.Length && pieces[i] == pair.Left && pieces[i + 1] == pair.Right;
            merged.Add(isPair ? pieces[i] + pieces[++i] : pieces[i]);
        }

        return [.. merged];
    }

    // GPT-2's printable stand-ins for bytes (openai/gpt-2, src/encoder.py): printable characters stand for themselves, the others for
    // characters from 256 on.
    private static string LetterOf(int value)
    {
        static bool IsPrintable(int b) => b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;

        var character = IsPrintable(value) ? value : Bytes + Enumerable.Range(0, value).Count(b => !IsPrintable(b));
        return ((char)character).ToString(CultureInfo.InvariantCulture);
    }
}
