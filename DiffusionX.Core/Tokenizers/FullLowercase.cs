using System.Buffers;
using System.Globalization;
using System.Text;

namespace DiffusionX.Tokenizers;

/// <summary>
/// Unicode's full lower-casing (The Unicode Standard, section 3.13), which Python's <c>str.lower</c> does. It differs from <see
/// cref="string.ToLowerInvariant"/> in two letters: İ becomes two code points, and Σ becomes ς where it ends a word.
/// </summary>
internal static class FullLowercase
{
    private const char DottedCapitalI = 'İ';
    private const char CapitalSigma = 'Σ';

    private static readonly SearchValues<char> Special = SearchValues.Create(DottedCapitalI, CapitalSigma);

    // Word_Break = MidLetter, MidNumLet or Single_Quote: what may stand inside a word.
    private static readonly SearchValues<char> InsideWords =
        SearchValues.Create("':.\u00B7\u0387\u055F\u05F4\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A");

    public static string Of(string text) => (text.AsSpan().ContainsAny(Special) ? ReplaceSpecial(text) : text).ToLowerInvariant();

    private static string ReplaceSpecial(string text)
    {
        var replaced = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            _ = text[i] switch
            {
                DottedCapitalI => replaced.Append("i\u0307"),
                CapitalSigma => replaced.Append(EndsWord(text, i) ? 'ς' : 'σ'),
                var other => replaced.Append(other),
            };
        }

        return replaced.ToString();
    }

    // Final_Sigma of SpecialCasing.txt: a cased letter before it, none after it, whatever ignorable stands between.
    private static bool EndsWord(string text, int index) => EndsInCased(text.AsSpan(0, index)) && !StartsWithCased(text.AsSpan(index + 1));

    private static bool EndsInCased(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            _ = Rune.DecodeLastFromUtf16(text, out var rune, out var length);
            if (!IsIgnorable(rune))
            {
                return IsCased(rune);
            }

            text = text[..^length];
        }

        return false;
    }

    private static bool StartsWithCased(ReadOnlySpan<char> text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (!IsIgnorable(rune))
            {
                return IsCased(rune);
            }
        }

        return false;
    }

    private static bool IsIgnorable(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
        || (rune.IsBmp && InsideWords.Contains((char)rune.Value));

    // The numbers are Other_Lowercase and Other_Uppercase: ordinal indicators, Roman numerals, and letters in circles and squares.
    private static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || rune.Value is 0xAA or 0xBA or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9)
            or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);
}
