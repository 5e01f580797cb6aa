using Microsoft.ML.Tokenizers;

namespace DiffusionX.Tokenizers;

/// <summary>
/// The tokenizer of BERT (Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers", 2019): words, cut into the longest
/// pieces that the vocabulary has. It gives the ids of transformers' BertTokenizer, with one exception: a "[SEP]" in a prompt is a word
/// in brackets and not the special token. Safe to use from several threads.
/// </summary>
public sealed class BertTokenizer
{
    private const string VocabularyFile = "vocab.txt";
    private const int DefaultMaxLength = 512;
    private const int LongestWord = 100;
    private const int FrameLength = 2;

    private readonly WordPieceTokenizer model;

    private BertTokenizer(TokenizerFolder folder)
    {
        var vocabulary = ReadVocabulary(folder);
        VocabularySize = vocabulary.Values.Max() + 1;
        ClassificationToken = folder.Require(vocabulary, "[CLS]", VocabularyFile);
        SeparatorToken = folder.Require(vocabulary, "[SEP]", VocabularyFile);
        PadToken = folder.Require(vocabulary, "[PAD]", VocabularyFile);
        MaxLength = folder.MaxLength(FrameLength + 1) ?? DefaultMaxLength;
        model = folder.Read(VocabularyFile, file => WordPieceTokenizer.Create(file, new WordPieceOptions
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
    /// Reads <c>vocab.txt</c>, a token a line, and where it is there <c>tokenizer_config.json</c> (<c>do_lower_case</c>,
    /// <c>model_max_length</c>).
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

    private static Dictionary<string, int> ReadVocabulary(TokenizerFolder folder)
    {
        var vocabulary = new Dictionary<string, int>();
        foreach (var (id, token) in folder.ReadLines(VocabularyFile).Index())
        {
            if (token.Length > 0 && !vocabulary.TryAdd(token, id))
            {
                throw new TokenizerException($"{folder.PathOf(VocabularyFile)}: line {id + 1} repeats the token '{token}'.");
            }
        }

        return vocabulary.Count > 0
            ? vocabulary
            : throw new TokenizerException($"{folder.PathOf(VocabularyFile)} is empty: a vocabulary has a token a line.");
    }
}
