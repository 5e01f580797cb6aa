using System.Globalization;

namespace DiffusionX.Tokenizers.Unicode;

/// <summary>
/// What single code points decompose into and pairs compose to: <see cref="CanonicalTables"/>, and arithmetic for the Hangul syllables.
/// </summary>
internal static class CanonicalMapping
{
    // The Unicode Standard, section 3.12.
    private const int FirstSyllable = 0xAC00;
    private const int FirstLeading = 0x1100;
    private const int FirstVowel = 0x1161;
    private const int BeforeTrailing = 0x11A7;
    private const int LeadingCount = 19;
    private const int VowelCount = 21;
    private const int TrailingCount = 28;
    private const int SyllableCount = LeadingCount * VowelCount * TrailingCount;

    private static readonly Dictionary<int, int[]> Decompositions = [];
    private static readonly Dictionary<(int First, int Second), int> Compositions = [];
    private static readonly Dictionary<int, int> CombiningClasses = [];

    static CanonicalMapping()
    {
        foreach (var (key, value) in Entries(CanonicalTables.Decompositions))
        {
            var composite = Hexadecimal(key);
            var parts = value.TrimEnd('!').Split('+').Select(Hexadecimal).ToArray();
            Decompositions.Add(composite, parts);
            if (parts.Length == 2 && !value.EndsWith('!'))
            {
                Compositions.Add((parts[0], parts[1]), composite);
            }
        }

        foreach (var (key, value) in Entries(CanonicalTables.CombiningClasses))
        {
            var range = key.Split('-').Select(Hexadecimal).ToArray();
            for (var codePoint = range[0]; codePoint <= range[^1]; codePoint++)
            {
                CombiningClasses.Add(codePoint, int.Parse(value, CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary>0 for what starts a character; marks of different classes commute.</summary>
    public static int CombiningClass(int codePoint) => CombiningClasses.GetValueOrDefault(codePoint);

    /// <summary>Appends the code point, or all that it decomposes into.</summary>
    public static void AppendDecomposition(int codePoint, List<int> target)
    {
        if (codePoint - FirstSyllable is >= 0 and < SyllableCount and var syllable)
        {
            AppendSyllable(syllable, target);
        }
        else if (Decompositions.TryGetValue(codePoint, out var parts))
        {
            foreach (var part in parts)
            {
                AppendDecomposition(part, target);
            }
        }
        else
        {
            target.Add(codePoint);
        }
    }

    /// <summary>The one code point that stands for the two, or null.</summary>
    public static int? Compose(int first, int second) =>
        Compositions.TryGetValue((first, second), out var composite) ? composite : ComposeSyllable(first, second);

    private static void AppendSyllable(int syllable, List<int> target)
    {
        target.Add(FirstLeading + (syllable / (VowelCount * TrailingCount)));
        target.Add(FirstVowel + (syllable / TrailingCount % VowelCount));
        if (syllable % TrailingCount is > 0 and var trailing)
        {
            target.Add(BeforeTrailing + trailing);
        }
    }

    private static int? ComposeSyllable(int first, int second)
    {
        if (first - FirstLeading is >= 0 and < LeadingCount and var leading && second - FirstVowel is >= 0 and < VowelCount and var vowel)
        {
            return FirstSyllable + (((leading * VowelCount) + vowel) * TrailingCount);
        }

        var isOpenSyllable = first - FirstSyllable is >= 0 and < SyllableCount and var syllable && syllable % TrailingCount == 0;
        return isOpenSyllable && second - BeforeTrailing is > 0 and < TrailingCount and var trailing ? first + trailing : null;
    }

    private static IEnumerable<(string Key, string Value)> Entries(string table) =>
        from entry in table.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
        let colon = entry.IndexOf(':', StringComparison.Ordinal)
        select (entry[..colon], entry[(colon + 1)..]);

    private static int Hexadecimal(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
