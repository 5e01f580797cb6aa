using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace DiffusionX.Tokenizers;

/// <summary>
/// What BERT does to a text before it is split: control characters out, white space to spaces, spaces around Chinese characters; an
/// uncased model's text also loses its accents and capitals.
/// </summary>
internal sealed class BertNormalizer(bool isLowercase) : Normalizer
{
    /// <inheritdoc/>
    public override string Normalize(string original)
    {
        var clean = Clean(original);
        return isLowercase ? FullLowercase.Of(WithoutAccents(clean)) : clean;
    }

    /// <inheritdoc/>
    public override string Normalize(ReadOnlySpan<char> original) => Normalize(original.ToString());

    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsSpace(rune))
            {
                clean.Append(' ');
            }
            else if (IsChinese(rune.Value))
            {
                clean.Append(' ').Append(rune).Append(' ');
            }
            else if (!IsControl(rune))
            {
                clean.Append(rune);
            }
        }

        return clean.ToString();
    }

    private static string WithoutAccents(string text)
    {
        var bare = new StringBuilder(text.Length);
        foreach (var rune in NormalForm.Decompose(text).EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
            {
                bare.Append(rune);
            }
        }

        return bare.ToString();
    }

    private static bool IsSpace(Rune rune) =>
        rune.Value is '\t' or '\n' or '\r' || Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator;

    // U+FFFD stands for what could not be decoded, lone surrogates among it.
    private static bool IsControl(Rune rune) => rune == Rune.ReplacementChar
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    // The ideographs of the CJK blocks, which are written without spaces; not kana and not Hangul. The ranges are those of BERT's
    // tokenization.py.
    private static bool IsChinese(int codePoint) => codePoint is
        (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF)
        or (>= 0x2F800 and <= 0x2FA1F);
}
