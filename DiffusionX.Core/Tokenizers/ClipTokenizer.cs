using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace DiffusionX.Tokenizers;

/// <summary>
/// The tokenizer of CLIP's text encoder: lower case, then byte pair encoding of UTF-8 with a mark at the end of words (Radford et al.,
/// "Learning Transferable Visual Models From Natural Language Supervision", 2021). It gives the ids of transformers' CLIPTokenizer. Safe
/// to use from several threads.
/// </summary>
internal sealed class ClipTokenizer
{
    internal const string StartOfText = "<|startoftext|>";
    internal const string EndOfText = "<|endoftext|>";

    private const string VocabularyFile = "vocab.json";
    private const string MergesFile = "merges.txt";
    private const string EndOfWord = "</w>";
    private const int DefaultMaxLength = 77;
    private const int FrameLength = 2;

    private readonly BpeTokenizer model;
    private readonly AddedTokens added;
    private readonly HashSet<int> wordEnds;

    private ClipTokenizer(TokenizerFolder folder, int? maxLength)
    {
        var file = folder.IsFast ? TokenizerFolder.FastFile : VocabularyFile;
        var fast = folder.IsFast ? FastModel(folder) : (JsonElement?)null;
        var vocabulary = folder.Vocabulary(fast is null ? folder.ReadObject(VocabularyFile) : TokenizerFolder.Setting(fast, "vocab"), file);
        StartToken = folder.Require(vocabulary, StartOfText, file);
        EndToken = folder.Require(vocabulary, EndOfText, file);
        added = AddedTokens.Read(folder, vocabulary, file, StartOfText, EndOfText);
        PadToken = folder.SpecialToken("pad_token") is { Length: > 0 } pad ? added.IdOf(pad) : EndToken;
        VocabularySize = vocabulary.Values.Append(added.LargestId).Max() + 1;
        wordEnds = [.. vocabulary.Where(entry => entry.Key.EndsWith(EndOfWord, StringComparison.Ordinal)).Select(entry => entry.Value)];
        CommaToken = vocabulary.TryGetValue("," + EndOfWord, out var comma) ? comma : null;
        MaxLength = maxLength ?? folder.MaxLength(FrameLength + 1) ?? DefaultMaxLength;

        // Not a token of an encoding that is cut to MaxLength can lie beyond this.
        var longestWord = (int)Math.Min(int.MaxValue, (long)MaxLength * vocabulary.Keys.Max(token => token.Length));
        model = folder.Read(folder.IsFast ? file : MergesFile, () => BpeTokenizer.Create(new BpeOptions(vocabulary)
        {
            Merges = fast is null ? ReadMerges(folder) : FastMerges(fast),
            Normalizer = new ClipNormalizer(),
            PreTokenizer = new ClipPreTokenizer(longestWord),
            SpecialTokens = new Dictionary<string, int> { [StartOfText] = StartToken, [EndOfText] = EndToken },
            UnknownToken = EndOfText,
            EndOfWordSuffix = EndOfWord,
            ByteLevel = true,
        }));
    }

    private ClipTokenizer(ClipTokenizer other, AddedTokens added, int padToken)
    {
        this.added = added;
        model = other.model;
        wordEnds = other.wordEnds;
        (StartToken, EndToken, PadToken, CommaToken, MaxLength) = (other.StartToken, other.EndToken, padToken, other.CommaToken, other.MaxLength);
        VocabularySize = Math.Max(other.VocabularySize, added.LargestId + 1);
    }

    /// <summary>The id that every encoding starts with.</summary>
    public int StartToken { get; }

    /// <summary>The id that every encoding ends with, and that stands for what the vocabulary lacks.</summary>
    public int EndToken { get; }

    /// <summary>
    /// The id that fills up <see cref="EncodePadded"/>: the end token, except where the folder's settings name another one, as in Stable
    /// Diffusion 2.
    /// </summary>
    public int PadToken { get; private init; }

    /// <summary>
    /// The largest number of ids in an encoding, with start and end: 77 except where the folder's settings say otherwise.
    /// </summary>
    public int MaxLength { get; }

    /// <summary>All ids are smaller than this: the rows that a text encoder's embedding must have.</summary>
    public int VocabularySize { get; }

    /// <summary>The id of a comma between words, where the vocabulary has one.</summary>
    internal int? CommaToken { get; }

    /// <summary>
    /// Reads <c>vocab.json</c> and <c>merges.txt</c>, or <c>tokenizer.json</c> where one of them isn't there; and what there is of
    /// <c>added_tokens.json</c>, <c>special_tokens_map.json</c> and <c>tokenizer_config.json</c>.
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

    /// <summary>This tokenizer with further tokens, such as those of a textual inversion.</summary>
    /// <param name="tokens">What they are written as. A concept of several vectors is <c>name</c>, <c>name_1</c>, <c>name_2</c> …</param>
    /// <param name="firstId">The first one's id, at least <see cref="VocabularySize"/>; the others have the following ids.</param>
    /// <exception cref="TokenizerException">A token is there already, twice or empty.</exception>
    public ClipTokenizer WithAddedTokens(IEnumerable<string> tokens, int firstId)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentOutOfRangeException.ThrowIfLessThan(firstId, VocabularySize);
        return new ClipTokenizer(this, added.With(tokens, firstId), PadToken);
    }

    /// <summary>The start token, the text's ids as far as they fit, and the end token: 2 to <see cref="MaxLength"/> ids.</summary>
    /// <exception cref="TokenizerException">The text has combining marks, and the process runs without ICU.</exception>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [StartToken, .. Tokenize(text, MaxLength - FrameLength), EndToken];
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
        return added.Split(text).Sum(part => part.Ids?.Length ?? model.CountTokens(part.Text));
    }

    /// <summary>This tokenizer with another <see cref="PadToken"/>.</summary>
    internal ClipTokenizer WithPadToken(int id) => new(this, added, id);

    /// <summary>The text's ids without start and end, all of them or the first ones.</summary>
    internal List<int> Tokenize(string text, int most = int.MaxValue)
    {
        List<int> ids = [];
        foreach (var (part, tokens) in added.Split(text))
        {
            var room = most - ids.Count;
            ids.AddRange(tokens?.Take(room) ?? model.EncodeToIds(part, room, out _, out _));
            if (ids.Count == most)
            {
                break;
            }
        }

        return ids;
    }

    /// <summary>The words that ids stand for, in lower case and with spaces between them.</summary>
    internal string Decode(IEnumerable<int> ids)
    {
        List<string> words = [];
        List<int> word = [];
        foreach (var id in ids)
        {
            var content = added.ContentOf(id);
            if (content is null)
            {
                word.Add(id);
            }

            if (content is not null || wordEnds.Contains(id))
            {
                words.Add(model.Decode(word) ?? "");
                words.Add(content ?? "");
                word.Clear();
            }
        }

        return string.Join(' ', words.Append(model.Decode(word) ?? "").Where(text => text.Length > 0));
    }

    /// <summary>The part 'model' of tokenizer.json.</summary>
    private static JsonElement FastModel(TokenizerFolder folder)
    {
        var fast = folder.ReadFastModel("BPE");
        return TokenizerFolder.Content(TokenizerFolder.Setting(fast, "end_of_word_suffix")) == EndOfWord
            ? fast
            : throw new TokenizerException($"{folder.PathOf(TokenizerFolder.FastFile)}: 'end_of_word_suffix' is not {EndOfWord}: it is no tokenizer of CLIP.");
    }

    /// <summary>Merges as they stand in tokenizer.json: each a string, or a pair of strings.</summary>
    private static IEnumerable<string> FastMerges(JsonElement? fast) => TokenizerFolder.Setting(fast, "merges") is { ValueKind: JsonValueKind.Array } merges
        ? merges.EnumerateArray().Select(merge => merge.ValueKind == JsonValueKind.String ? merge.GetString()! : Pair(merge))
        : throw new FormatException("'merges' has to be a list.");

    private static string Pair(JsonElement merge) => merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2
        ? $"{merge[0].GetString()} {merge[1].GetString()}"
        : throw new FormatException("A merge has to be a string of two tokens, or a pair of strings.");

    private static IEnumerable<string> ReadMerges(TokenizerFolder folder) =>
        folder.ReadLines(MergesFile).Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal));
}
