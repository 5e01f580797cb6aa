using System.Globalization;
using System.Text;

namespace DiffusionX.Transport;

/// <summary>Text that came from somebody else, made fit for terminals and logs.</summary>
internal static class PlainText
{
    private const string Ellipsis = "…";

    /// <summary>
    /// The text on one line, with a space for each character that is not to be seen: control characters and so escape sequences, line
    /// breaks, marks that turn the direction of writing, halves of surrogate pairs. What is longer than the bound ends in an ellipsis.
    /// </summary>
    public static string Of(string text, int maxLength)
    {
        var plain = new StringBuilder(Math.Min(text.Length, maxLength));
        foreach (var rune in text.EnumerateRunes())
        {
            if (plain.Length + rune.Utf16SequenceLength > maxLength)
            {
                return Shortened(plain, maxLength);
            }

            plain.Append(IsVisible(rune) ? rune.ToString() : " ");
        }

        return plain.ToString().Trim();
    }

    /// <summary>Whether no half of a surrogate pair stands alone.</summary>
    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var length) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            text = text[length..];
        }

        return true;
    }

    private static string Shortened(StringBuilder plain, int maxLength)
    {
        plain.Length = Math.Min(plain.Length, maxLength - Ellipsis.Length);
        return (char.IsHighSurrogate(plain[^1]) ? plain.ToString(0, plain.Length - 1) : plain.ToString()).Trim() + Ellipsis;
    }

    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
