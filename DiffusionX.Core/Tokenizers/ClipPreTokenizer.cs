using System.Text;
using Microsoft.ML.Tokenizers;

namespace DiffusionX.Tokenizers;

/// <summary>
/// Splits a normalised text into words as CLIP's regular expression does:
/// <c>&lt;\|startoftext\|&gt;|&lt;\|endoftext\|&gt;|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+</c>, case ignored.
/// </summary>
/// <remarks>
/// .NET's regular expressions see a letter outside the basic plane (𝒜) as two surrogates, which are no letters; so this goes by code
/// points instead.
/// </remarks>
/// <param name="longestWord">Where longer words are cut, in UTF-16 characters: merging byte pairs takes time that grows with the square
/// of a word's length.</param>
internal sealed class ClipPreTokenizer(int longestWord) : PreTokenizer
{
    // The last one is a long s, which is an s where case is ignored.
    private static readonly string[] FixedWords =
        [ClipTokenizer.StartOfText, ClipTokenizer.EndOfText, "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'\u017F"];

    private enum Kind
    {
        Letter,
        Number,
        Space,
        Other,
    }

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        for (var offset = 0; offset < text.Length;)
        {
            var length = WordLength(text.AsSpan(offset), out var isSpace);
            if (!isSpace)
            {
                yield return (offset, length);
            }

            offset += length;
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    private int WordLength(ReadOnlySpan<char> text, out bool isSpace)
    {
        isSpace = false;
        foreach (var word in FixedWords)
        {
            if (text.StartsWith(word, StringComparison.Ordinal))
            {
                return word.Length;
            }
        }

        var kind = KindOfFirst(text, out var length);
        isSpace = kind == Kind.Space;
        return kind == Kind.Number ? length : RunLength(text, kind);
    }

    private int RunLength(ReadOnlySpan<char> text, Kind kind)
    {
        var run = 0;
        while (run < Math.Min(text.Length, longestWord) && KindOfFirst(text[run..], out var length) == kind)
        {
            run += length;
        }

        return run;
    }

    private static Kind KindOfFirst(ReadOnlySpan<char> text, out int length)
    {
        _ = Rune.DecodeFromUtf16(text, out var rune, out length);
        return Rune.IsLetter(rune) ? Kind.Letter
            : Rune.IsNumber(rune) ? Kind.Number
            : Rune.IsWhiteSpace(rune) ? Kind.Space
            : Kind.Other;
    }
}
