using System.Runtime.InteropServices;
using System.Text;

namespace DiffusionX.Tokenizers.Unicode;

/// <summary>
/// Unicode's canonical forms (UAX #15): one spelling for characters that can be written in several, as é can, in one code point or in
/// two. Lone surrogates become U+FFFD.
/// </summary>
/// <remarks>
/// <see cref="string.Normalize()"/> does the same where ICU is loaded, and nothing at all where it is not: see <see
/// cref="CanonicalTables"/>.
/// </remarks>
internal static class CanonicalForm
{
    private const char FirstCombiningMark = '\u0300';

    /// <summary>The form C: a base and its marks in one code point where there is one.</summary>
    public static string Compose(string text) =>
        text.AsSpan().ContainsAnyInRange(FirstCombiningMark, char.MaxValue) ? ToText(Compose(DecomposedCodePoints(text))) : text;

    /// <summary>The form D: every base and every mark a code point of its own, marks in their canonical order.</summary>
    public static string Decompose(string text) => Ascii.IsValid(text) ? text : ToText(DecomposedCodePoints(text));

    private static List<int> DecomposedCodePoints(string text)
    {
        var codePoints = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            CanonicalMapping.AppendDecomposition(rune.Value, codePoints);
        }

        SortMarks(codePoints);
        return codePoints;
    }

    private static void SortMarks(List<int> codePoints)
    {
        for (var i = 0; i < codePoints.Count; i++)
        {
            var first = i;
            while (i < codePoints.Count && CanonicalMapping.CombiningClass(codePoints[i]) != 0)
            {
                i++;
            }

            if (i - first > 1)
            {
                // OrderBy is stable: marks of one class keep their order, which has a meaning.
                var sorted = codePoints.GetRange(first, i - first).OrderBy(CanonicalMapping.CombiningClass).ToArray();
                sorted.CopyTo(CollectionsMarshal.AsSpan(codePoints)[first..]);
            }
        }
    }

    private static List<int> Compose(List<int> decomposed)
    {
        var composed = new List<int>(decomposed.Count);
        var starter = -1;
        var lastClass = 0;
        foreach (var codePoint in decomposed)
        {
            var combiningClass = CanonicalMapping.CombiningClass(codePoint);
            var reachesStarter = starter >= 0 && (starter == composed.Count - 1 || lastClass < combiningClass);
            if (reachesStarter && CanonicalMapping.Compose(composed[starter], codePoint) is { } composite)
            {
                composed[starter] = composite;
                continue;
            }

            starter = combiningClass == 0 ? composed.Count : starter;
            lastClass = combiningClass;
            composed.Add(codePoint);
        }

        return composed;
    }

    private static string ToText(List<int> codePoints)
    {
        var text = new StringBuilder(codePoints.Count);
        foreach (var codePoint in codePoints)
        {
            text.Append(new Rune(codePoint));
        }

        return text.ToString();
    }
}
