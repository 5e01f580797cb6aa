using Microsoft.ML.Tokenizers;

namespace DiffusionX.Tokenizers;

/// <summary>
/// The tokenizer of CLIP's text encoder: lower case, then byte pair encoding of UTF-8 with a mark at the end of words (Radford et al.,
/// "Learning Transferable Visual Models From Natural Language Supervision", 2021). It gives the ids of transformers' CLIPTokenizer. Safe
/// to use from several threads.
/// </summary>
public sealed class ClipTokenizer
{
    internal const string StartOfText = "<|startoftext|>";
    internal const string EndOfText = "<|endoftext|>";

    private const string VocabularyFile = "vocab.json";
    private const string MergesFile = "merges.txt";
    private const string EndOfWord = "</w>";
    private const int DefaultMaxLength = 77;
    private const int FrameLength = 2;

    private readonly BpeTokenizer model;

    private ClipTokenizer(TokenizerFolder folder, int? maxLength)
    {
        var vocabulary = folder.ReadVocabulary(VocabularyFile);
        VocabularySize = vocabulary.Values.Max() + 1;
        StartToken = folder.Require(vocabulary, StartOfText, VocabularyFile);
        EndToken = folder.Require(vocabulary, EndOfText, VocabularyFile);
        PadToken = folder.SpecialToken("pad_token") is { } pad ? folder.Require(vocabulary, pad, VocabularyFile) : EndToken;
        MaxLength = maxLength ?? folder.MaxLength(FrameLength + 1) ?? DefaultMaxLength;

        // Not a token of an encoding that is cut to MaxLength can lie beyond this.
        var longestWord = (int)Math.Min(int.MaxValue, (long)MaxLength * vocabulary.Keys.Max(token => token.Length));
        model = folder.Read(MergesFile, file => BpeTokenizer.Create(new BpeOptions(vocabulary)
        {
            Merges = ReadMerges(file),
            Normalizer = new ClipNormalizer(),
            PreTokenizer = new ClipPreTokenizer(longestWord),
            SpecialTokens = new Dictionary<string, int> { [StartOfText] = StartToken, [EndOfText] = EndToken },
            UnknownToken = EndOfText,
            EndOfWordSuffix = EndOfWord,
            ByteLevel = true,
        }));
    }

    /// <summary>The id that every encoding starts with.</summary>
    public int StartToken { get; }

    /// <summary>The id that every encoding ends with, and that stands for what the vocabulary lacks.</summary>
    public int EndToken { get; }

    /// <summary>
    /// The id that fills up <see cref="EncodePadded"/>: the end token, except where the folder's settings name another one, as in Stable
    /// Diffusion 2.
    /// </summary>
    public int PadToken { get; }

    /// <summary>
    /// The largest number of ids in an encoding, with start and end: 77 except where the folder's settings say otherwise.
    /// </summary>
    public int MaxLength { get; }

    /// <summary>All ids are smaller than this: the rows that a text encoder's embedding must have.</summary>
    public int VocabularySize { get; }

    /// <summary>
    /// Reads <c>vocab.json</c> and <c>merges.txt</c>, and where they are there <c>special_tokens_map.json</c> and
    /// <c>tokenizer_config.json</c>.
    /// </summary>
    /// <exception cref="TokenizerException">A file is missing, unreadable or not what it should be.</exception>
    public static ClipTokenizer Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return new ClipTokenizer(new TokenizerFolder(folder, VocabularyFile, MergesFile), maxLength: null);
    }

    /// <summary>
    /// Reads the same files for a text encoder with <paramref name="maxLength"/> positions, 3 or more, whatever the settings say.
    /// </summary>
    /// <exception cref="TokenizerException">A file is missing, unreadable or not what it should be.</exception>
    public static ClipTokenizer Load(string folder, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(maxLength, FrameLength);
        return new ClipTokenizer(new TokenizerFolder(folder, VocabularyFile, MergesFile), maxLength);
    }

    /// <summary>The start token, the text's ids as far as they fit, and the end token: 2 to <see cref="MaxLength"/> ids.</summary>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [StartToken, .. model.EncodeToIds(text, MaxLength - FrameLength, out _, out _), EndToken];
    }

    /// <summary>
    /// <see cref="Encode"/>, filled up to exactly <see cref="MaxLength"/> ids with <see cref="PadToken"/>: what a text encoder takes.
    /// </summary>
    public long[] EncodePadded(string text)
    {
        var padded = new long[MaxLength];
        Array.Fill(padded, PadToken);
        Encode(text).CopyTo(padded, 0);
        return padded;
    }

    /// <summary>
    /// How many ids the text needs without start and end, be it too long or not: it is cut where this is more than <see
    /// cref="MaxLength"/> - 2. (A single word of thousands of characters is counted in stretches, which may come to a few ids more.)
    /// </summary>
    public int CountTokens(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return model.CountTokens(text);
    }

    private static IEnumerable<string> ReadMerges(string file) =>
        File.ReadLines(file).Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal));
}
