using System.Globalization;
using System.Text;

namespace DiffusionX.Tokenizers;

/// <summary>
/// Unicode's canonical forms (UAX #15): one spelling for characters that can be written in several, as é can, in one code point or in
/// two. Lone surrogates become U+FFFD.
/// </summary>
/// <remarks>
/// .NET knows the forms from the operating system: Windows and macOS always have them, Linux has them in ICU (the package libicu). A
/// process without ICU, or with <c>InvariantGlobalization</c>, leaves every text as it is and says nothing. There, texts that a form would
/// change are refused; those in ASCII, and for <see cref="Compose"/> those that were typed composed, need nothing from the machine.
/// </remarks>
internal static class NormalForm
{
    // Sorting marks takes ICU time that grows with the square of their number, so a long text is taken in stretches.
    private const int LongestStretch = 4096;

    // .NET throws at this one, which no form changes and which has nothing to do with its neighbours.
    private const char Refused = '\uFFFE';

    /// <summary>Whether this process can normalise: see the remarks.</summary>
    public static bool IsAvailable { get; } = "e\u0301".Normalize(NormalizationForm.FormC) == "é";

    /// <summary>The form C: a base and its marks in one code point where there is one.</summary>
    /// <exception cref="TokenizerException">The text has to be changed, and this process can't: see the remarks.</exception>
    public static string Compose(string text) => Normalize(text, NormalizationForm.FormC, ComposesWithWhatStandsBefore);

    /// <summary>The form D: every base and every mark a code point of its own, marks in their canonical order.</summary>
    /// <inheritdoc cref="Compose" path="/exception"/>
    public static string Decompose(string text) =>
        Normalize(text, NormalizationForm.FormD, rune => IsOfAccentedAlphabets(rune) || ComposesWithWhatStandsBefore(rune));

    private static string Normalize(string text, NormalizationForm form, Func<Rune, bool> mayChange)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var valid = WithoutLoneSurrogates(text);
        if (!IsAvailable)
        {
            return !valid.EnumerateRunes().Any(mayChange) ? valid : throw new TokenizerException(
                "The text has letters with accents or combining marks, and this process can't put such letters together or take them apart: "
                + "it runs without ICU. Install the package libicu, and leave InvariantGlobalization off.");
        }

        return string.Join(Refused, valid.Split(Refused).Select(part => NormalizeInStretches(part, form)));
    }

    private static string NormalizeInStretches(string valid, NormalizationForm form)
    {
        if (valid.Length <= LongestStretch)
        {
            return valid.Normalize(form);
        }

        var normalized = new StringBuilder(valid.Length);
        for (var start = 0; start < valid.Length;)
        {
            var length = StretchLength(valid.AsSpan(start));
            normalized.Append(valid.Substring(start, length).Normalize(form));
            start += length;
        }

        return normalized.ToString();
    }

    private static string WithoutLoneSurrogates(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return text;
        }

        var valid = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            valid.Append(rune);
        }

        return valid.ToString();
    }

    /// <summary>A stretch ends where a character begins that has nothing to do with those before it.</summary>
    private static int StretchLength(ReadOnlySpan<char> text)
    {
        if (text.Length <= LongestStretch)
        {
            return text.Length;
        }

        var length = LongestStretch;
        while (length > LongestStretch / 2 && !BeginsAnew(text[length]))
        {
            length--;
        }

        return BeginsAnew(text[length]) || !char.IsLowSurrogate(text[length]) ? length : length - 1;
    }

    private static bool BeginsAnew(char character) =>
        !char.IsSurrogate(character) && !ComposesWithWhatStandsBefore(new Rune(character)) && char.GetUnicodeCategory(character)
            is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark);

    // The combining diacritical marks, the vowels and last consonants of Hangul, and the voicing marks of kana.
    private static bool ComposesWithWhatStandsBefore(Rune rune) =>
        rune.Value is (>= 0x300 and <= 0x36F) or (>= 0x1160 and <= 0x11FF) or 0x3099 or 0x309A;

    // Latin, Greek, Cyrillic, and Hangul syllables.
    private static bool IsOfAccentedAlphabets(Rune rune) =>
        rune.Value is (>= 0xC0 and <= 0x24F) or (>= 0x370 and <= 0x52F) or (>= 0x1E00 and <= 0x1FFF) or (>= 0xAC00 and <= 0xD7A3);
}
