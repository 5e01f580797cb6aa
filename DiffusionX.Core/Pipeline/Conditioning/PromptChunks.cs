using DiffusionX.Tokenizers;

namespace DiffusionX.Pipeline.Conditioning;

/// <summary>
/// A prompt in pieces that a text encoder takes: each with a start token, as many tokens as fit, an end token and padding. Where a chunk is
/// full and the last comma lies at most 20 tokens back, what stands after the comma moves to the next chunk, so that phrases stay together:
/// A1111's rule and number.
/// </summary>
internal sealed class PromptChunks
{
    /// <summary>The most chunks of a prompt, 600 tokens with Stable Diffusion's text encoders.</summary>
    public const int Most = 8;

    private const int FrameLength = 2;
    private const int LongestMovedPhrase = 20;

    private readonly ClipTokenizer tokenizer;

    private PromptChunks(ClipTokenizer tokenizer, IReadOnlyList<PromptChunk> chunks, int[] cut)
    {
        this.tokenizer = tokenizer;
        Chunks = chunks;
        TokensCut = cut.Length;
        WordsCut = tokenizer.Decode(cut);
    }

    /// <summary>One or more.</summary>
    public IReadOnlyList<PromptChunk> Chunks { get; }

    /// <summary>How many tokens did not fit into the chunks.</summary>
    public int TokensCut { get; }

    /// <summary>The words that did not fit, in lower case as the text encoder reads them; empty where all did.</summary>
    public string WordsCut { get; }

    /// <summary>Cuts a prompt into chunks.</summary>
    /// <param name="prompt">The prompt. Each of its sections begins a chunk.</param>
    /// <param name="tokenizer">The tokenizer; its <see cref="ClipTokenizer.MaxLength"/> is the length of a chunk.</param>
    /// <param name="most">The most chunks; what does not fit into them is cut. With one, nothing is moved at commas.</param>
    public static PromptChunks Of(WeightedPrompt prompt, ClipTokenizer tokenizer, int most = Most)
    {
        var room = tokenizer.MaxLength - FrameLength;
        var stretches = prompt.Sections.SelectMany(section => Stretches(Tokens(section, tokenizer), room, tokenizer.CommaToken, most)).ToArray();
        return new(
            tokenizer,
            [.. stretches.Take(most).Select(stretch => Frame(stretch, tokenizer))],
            [.. stretches.Skip(most).SelectMany(stretch => stretch).Select(token => token.Id)]);
    }

    /// <summary>The chunks, and empty ones up to a number: prompts that are computed together have as many.</summary>
    public IReadOnlyList<PromptChunk> PaddedTo(int count) =>
        [.. Chunks, .. Enumerable.Repeat(Frame([], tokenizer), Math.Max(0, count - Chunks.Count))];

    private static List<Token> Tokens(IReadOnlyList<WeightedText> section, ClipTokenizer tokenizer) =>
        [.. section.SelectMany(piece => tokenizer.Tokenize(piece.Text).Select(id => new Token(id, (float)piece.Weight)))];

    private static IEnumerable<Token[]> Stretches(List<Token> tokens, int room, int? comma, int most)
    {
        var start = 0;
        do
        {
            var length = Math.Min(room, tokens.Count - start);
            if (most > 1 && start + length < tokens.Count && tokens[start + length].Id != comma)
            {
                length = EndOfPhrase(tokens, start, length, comma);
            }

            yield return [.. tokens.Skip(start).Take(length)];
            start += length;
        }
        while (start < tokens.Count);
    }

    private static int EndOfPhrase(List<Token> tokens, int start, int length, int? comma)
    {
        for (var moved = 0; moved < Math.Min(LongestMovedPhrase, length); moved++)
        {
            if (tokens[start + length - 1 - moved].Id == comma)
            {
                return length - moved;
            }
        }

        return length;
    }

    private static PromptChunk Frame(IReadOnlyList<Token> tokens, ClipTokenizer tokenizer)
    {
        var ids = new long[tokenizer.MaxLength];
        var weights = new float[tokenizer.MaxLength];
        Array.Fill(ids, tokenizer.PadToken);
        Array.Fill(weights, 1);
        ids[0] = tokenizer.StartToken;
        for (var i = 0; i < tokens.Count; i++)
        {
            (ids[i + 1], weights[i + 1]) = (tokens[i].Id, tokens[i].Weight);
        }

        ids[tokens.Count + 1] = tokenizer.EndToken;
        return new(ids, weights);
    }

    private readonly record struct Token(int Id, float Weight);
}

/// <summary>What a text encoder takes at once.</summary>
/// <param name="Ids">Token ids, start and end with them, filled up with padding [L].</param>
/// <param name="Weights">How much each counts: 1 for those that are no words [L].</param>
internal sealed record PromptChunk(long[] Ids, float[] Weights)
{
    /// <summary>Whether every token weighs 1.</summary>
    public bool IsUnweighted => Weights.All(weight => weight == 1);
}
