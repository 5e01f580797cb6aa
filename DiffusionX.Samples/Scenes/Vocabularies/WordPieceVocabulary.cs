namespace DiffusionX.Scenes.Vocabularies;

/// <summary>A vocabulary for BERT's tokenizer: the words of captions, and letters for all other words.</summary>
internal static class WordPieceVocabulary
{
    private static readonly string[] SpecialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>The lines of vocab.txt.</summary>
    public static IReadOnlyList<string> Learn(IEnumerable<string> captions)
    {
        var words = captions.SelectMany(caption => caption.ToLowerInvariant().Split([' ', ',', '.'], StringSplitOptions.RemoveEmptyEntries))
            .Where(word => word.Length > 1)
            .Distinct()
            .Order(StringComparer.Ordinal);
        var letters = Letters.Select(letter => letter.ToString());
        return [.. SpecialTokens, .. ",.!?'-".Select(mark => mark.ToString()), .. letters, .. letters.Select(letter => "##" + letter), .. words];
    }
}
