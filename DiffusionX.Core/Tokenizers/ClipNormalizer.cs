using System.Text;
using Microsoft.ML.Tokenizers;

namespace DiffusionX.Tokenizers;

/// <summary>What CLIP does to a text before it is split: canonical composition, single spaces, lower case.</summary>
/// <remarks>
/// OpenAI's tokenizer also repairs broken encodings (ftfy) and HTML entities, which transformers' does not: the reference ids keep curly
/// quotes, ligatures and full-width forms as they are, and so does this.
/// </remarks>
internal sealed class ClipNormalizer : Normalizer
{
    // Python's str.strip takes the four separators U+001C to U+001F for white space; regular expressions, which collapse the rest, don't.
    private static readonly char[] Stripped = [' ', '\u001C', '\u001D', '\u001E', '\u001F'];

    /// <inheritdoc/>
    public override string Normalize(string original) => FullLowercase.Of(CollapseWhiteSpace(NormalForm.Compose(original)));

    /// <inheritdoc/>
    public override string Normalize(ReadOnlySpan<char> original) => Normalize(original.ToString());

    private static string CollapseWhiteSpace(string text)
    {
        var collapsed = new StringBuilder(text.Length);
        var wasSpace = false;
        foreach (var character in text)
        {
            var isSpace = char.IsWhiteSpace(character);
            if (!isSpace)
            {
                collapsed.Append(character);
            }
            else if (!wasSpace)
            {
                collapsed.Append(' ');
            }

            wasSpace = isSpace;
        }

        return collapsed.ToString().Trim(Stripped);
    }
}
