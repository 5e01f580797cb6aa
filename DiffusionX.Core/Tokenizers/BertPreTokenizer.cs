using System.Text;
using Microsoft.ML.Tokenizers;

namespace DiffusionX.Tokenizers;

/// <summary>
/// Splits a normalised text as BERT does, at white space and around every punctuation mark. All ASCII symbols count as punctuation; an
/// emoji does not and stays a part of its word.
/// </summary>
internal sealed class BertPreTokenizer : PreTokenizer
{
    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        for (var offset = 0; offset < text.Length;)
        {
            var length = WordLength(text.AsSpan(offset));
            if (length > 0)
            {
                yield return (offset, length);
            }

            offset += Math.Max(length, 1);
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    /// <summary>
    /// The length of the mark or word that the text starts with; 0 where it starts with white space, which is one character each.
    /// </summary>
    private static int WordLength(ReadOnlySpan<char> text)
    {
        var word = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsWhiteSpace(rune) || IsPunctuation(rune))
            {
                return word == 0 && !Rune.IsWhiteSpace(rune) ? rune.Utf16SequenceLength : word;
            }

            word += rune.Utf16SequenceLength;
        }

        return word;
    }

    private static bool IsPunctuation(Rune rune) => Rune.IsPunctuation(rune) || (rune.IsAscii && Rune.IsSymbol(rune));
}
