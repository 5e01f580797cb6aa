using System.Text;
using Microsoft.ML.Tokenizers;

namespace DiffusionX.Tokenizers;

/// <summary>
/// The tokenizer of BERT (Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2019): words, cut into the longest
/// pieces that the vocabulary has. It gives the ids of transformers' BertTokenizer, with one exception: a "[SEP]" in a prompt is a word
/// in brackets and not the special token. Safe to use from several threads.
/// </summary>
internal sealed class BertTokenizer
{
    private const string VocabularyFile = "vocab.txt";
    private const int DefaultMaxLength = 512;
    private const int LongestWord = 100;
    private const int FrameLength = 2;

    private readonly WordPieceTokenizer model;

    private BertTokenizer(TokenizerFolder folder)
    {
        var file = folder.IsFast ? TokenizerFolder.FastFile : VocabularyFile;
        var tokens = folder.IsFast ? FastVocabulary(folder) : folder.ReadLines(VocabularyFile);
        var vocabulary = Vocabulary(tokens, folder.PathOf(file));
        VocabularySize = vocabulary.Values.Max() + 1;
        ClassificationToken = folder.Require(vocabulary, "[CLS]", file);
        SeparatorToken = folder.Require(vocabulary, "[SEP]", file);
        PadToken = folder.Require(vocabulary, "[PAD]", file);
        MaxLength = folder.MaxLength(FrameLength + 1) ?? DefaultMaxLength;
        using var lines = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', tokens)));
        model = folder.Read(file, () => WordPieceTokenizer.Create(lines, new WordPieceOptions
        {
            Normalizer = new BertNormalizer(folder.Flag("do_lower_case") ?? true),
            PreTokenizer = new BertPreTokenizer(),
            MaxInputCharsPerWord = LongestWord,
        }));
    }

    /// <summary>The id of [CLS], which every encoding starts with.</summary>
    public int ClassificationToken { get; }

    /// <summary>The id of [SEP], which every encoding ends with.</summary>
    public int SeparatorToken { get; }

    /// <summary>The id of [PAD], which fills up <see cref="EncodePadded"/>.</summary>
    public int PadToken { get; }

    /// <summary>
    /// The id of [UNK], which stands for words that the vocabulary can't spell and for words of more than 100 characters.
    /// </summary>
    public int UnknownToken => model.UnknownTokenId;

    /// <summary>
    /// The largest number of ids in an encoding, with [CLS] and [SEP]: 512 except where the folder's settings say otherwise.
    /// </summary>
    public int MaxLength { get; }

    /// <summary>All ids are smaller than this.</summary>
    public int VocabularySize { get; }

    /// <summary>
    /// Reads <c>vocab.txt</c>, a token a line, or <c>tokenizer.json</c> where that isn't there; and <c>tokenizer_config.json</c>
    /// (<c>do_lower_case</c>, <c>model_max_length</c>) where it is.
    /// </summary>
    /// <exception cref="TokenizerException">A file is missing, unreadable or not what it should be.</exception>
    public static BertTokenizer Load(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return new BertTokenizer(new TokenizerFolder(folder, VocabularyFile));
    }

    /// <summary>[CLS], the text's ids as far as they fit, and [SEP]: 2 to <see cref="MaxLength"/> ids.</summary>
    public int[] Encode(string text) => Encode(text, MaxLength);

    /// <summary>
    /// The same, cut or filled up with <see cref="PadToken"/> to exactly <paramref name="length"/> ids, 3 to <see cref="MaxLength"/>, and
    /// with its mask.
    /// </summary>
    public PaddedEncoding EncodePadded(string text, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(length, FrameLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxLength);

        var ids = Encode(text, length);
        var padded = new long[length];
        var mask = new long[length];
        Array.Fill(padded, PadToken);
        ids.CopyTo(padded, 0);
        Array.Fill(mask, 1, 0, ids.Length);
        return new PaddedEncoding(padded, mask);
    }

    private int[] Encode(string text, int length)
    {
        ArgumentNullException.ThrowIfNull(text);
        var room = length - FrameLength;

        // The library drops a word that does not fit as a whole; transformers keeps its first pieces. So there is room for one word more,
        // cut off here.
        var ids = model.EncodeToIds(text, room + LongestWord, out _, out _);
        return [ClassificationToken, .. ids.Take(room), SeparatorToken];
    }

    /// <summary>The tokens of tokenizer.json in the order of their ids, as they would stand in vocab.txt.</summary>
    private static string[] FastVocabulary(TokenizerFolder folder)
    {
        const string file = TokenizerFolder.FastFile;
        var ids = folder.Vocabulary(TokenizerFolder.Setting(folder.ReadFastModel("WordPiece"), "vocab"), file);
        string[] tokens = [.. ids.OrderBy(entry => entry.Value).Select(entry => entry.Key)];
        return ids[tokens[^1]] == tokens.Length - 1
            ? tokens
            : throw new TokenizerException($"{folder.PathOf(file)}: the largest id of {tokens.Length} tokens is {ids[tokens[^1]]}: ids are missing.");
    }

    private static Dictionary<string, int> Vocabulary(string[] tokens, string file)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, token) in tokens.Index())
        {
            if (token.Length > 0 && !vocabulary.TryAdd(token, id))
            {
                throw new TokenizerException($"{file}: line {id + 1} repeats the token '{token}'.");
            }
        }

        return vocabulary.Count > 0
            ? vocabulary
            : throw new TokenizerException($"{file} is empty: a vocabulary has a token a line.");
    }
}
