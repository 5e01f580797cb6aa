using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace DiffusionX.Pipeline.Conditioning;

/// <summary>
/// A prompt in A1111's syntax, taken apart: <c>(word)</c> weighs 1.1 times, <c>[word]</c> 1/1.1 times, <c>(word:1.3)</c> 1.3 times, and
/// brackets within brackets multiply. An opening bracket that is not closed reaches to the end; a closing one that was not opened is a
/// character. A backslash makes the bracket after it a character. <c>BREAK</c> ends a chunk.
/// </summary>
internal sealed partial class WeightedPrompt
{
    private const double RoundBrackets = 1.1;
    private const double SquareBrackets = 1 / 1.1;
    private const double LargestWeight = 100;
    private const int MostOpenBrackets = 100;

    private WeightedPrompt(IReadOnlyList<IReadOnlyList<WeightedText>> sections, IReadOnlyList<LoraTag> loras, IReadOnlyList<string> notes)
    {
        Sections = sections;
        Loras = loras;
        Notes = notes;
    }

    /// <summary>What stands between the breaks: one section or more, each of pieces in order. Neighbours differ in their weights.</summary>
    public IReadOnlyList<IReadOnlyList<WeightedText>> Sections { get; }

    /// <summary>The LoRAs that the prompt names, which are no part of its text.</summary>
    public IReadOnlyList<LoraTag> Loras { get; }

    /// <summary>What looks like a part of the syntax and was taken for words, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Whether every word weighs 1.</summary>
    public bool IsUnweighted => Sections.All(section => section.All(piece => piece.Weight == 1));

    /// <summary>The words of a prompt without its syntax, in their order.</summary>
    /// <exception cref="PromptException">A weight is absurd.</exception>
    public static string WordsOf(string prompt, PromptSyntax syntax) => syntax == PromptSyntax.Plain
        ? prompt
        : string.Join(' ', Parse(prompt, syntax).Sections.Select(section => string.Concat(section.Select(piece => piece.Text))));

    /// <summary>Takes a prompt apart; one of <see cref="PromptSyntax.Plain"/> is a single piece of weight 1.</summary>
    /// <exception cref="PromptException">A weight is absurd.</exception>
    public static WeightedPrompt Parse(string prompt, PromptSyntax syntax)
    {
        if (syntax == PromptSyntax.Plain)
        {
            return new([[new(prompt, 1)]], [], []);
        }

        List<LoraTag> loras = [];
        var text = LoraTags().Replace(prompt, match => TakeLora(match, loras) ? "" : match.Value);
        var parser = new Parser();
        foreach (Match match in Elements().Matches(text))
        {
            parser.Take(match);
        }

        return new(parser.Sections(), loras, FindUnread(text));
    }

    /// <summary>The weights of a prompt's words, in a sentence for who wrote it; null where all are 1.</summary>
    public string? DescribeWeights()
    {
        const int most = 8;
        string[] weights = [.. Sections.SelectMany(section => section)
            .Where(piece => piece.Weight != 1 && !string.IsNullOrWhiteSpace(piece.Text))
            .Select(piece => string.Create(CultureInfo.InvariantCulture, $"'{Shortened(piece.Text.Trim())}' {piece.Weight:0.###}"))];
        return weights.Length == 0 ? null : $"Weights in the prompt: {string.Join(", ", weights.Take(most))}{(weights.Length > most ? " …" : "")}.";
    }

    /// <summary>
    /// What a prompt holds of the weighted syntax, in a sentence for who wrote it, where it is read as plain words; null for nothing.
    /// </summary>
    public static string? DescribeUnread(string prompt)
    {
        List<string> found = [];
        if (LoraTags().Match(prompt) is { Success: true } lora)
        {
            found.Add($"a LoRA ({lora.Value})");
        }

        if (Weights().Match(prompt) is { Success: true } weight)
        {
            found.Add($"weights ({weight.Value})");
        }

        if (Breaks().IsMatch(prompt))
        {
            found.Add("BREAK");
        }

        return found.Count == 0 ? null : $"The prompt has {string.Join(" and ", found)} in the syntax of other programs, which is read as plain words here.";
    }

    private static bool TakeLora(Match match, List<LoraTag> loras)
    {
        string[] weights = match.Groups["weights"].Value.Split(':', StringSplitOptions.RemoveEmptyEntries);
        double[] values = [.. weights.Select(weight => ToWeight(weight) ?? double.NaN)];
        if (values.Length > 2 || values.Any(double.IsNaN))
        {
            return false;
        }

        var textEncoder = Checked(values.Length > 0 ? values[0] : 1, match.Value);
        loras.Add(new LoraTag(match.Groups["name"].Value, textEncoder, Checked(values.Length > 1 ? values[1] : textEncoder, match.Value)));
        return true;
    }

    private static List<string> FindUnread(string text)
    {
        List<string> notes = [];
        if (LoraTags().Match(text) is { Success: true } lora)
        {
            notes.Add($"{lora.Value} is taken for words: a LoRA is named as <lora:name> or <lora:name:0.8>.");
        }

        if (OtherNetworks().Match(text) is { Success: true } network)
        {
            notes.Add($"{network.Value} is taken for words: of such tags, those of LoRAs are read.");
        }

        if (Editing().Match(text) is { Success: true } editing)
        {
            notes.Add($"{editing.Value} is taken for words: a prompt does not change while a picture is drawn.");
        }

        if (Alternatives().IsMatch(text))
        {
            notes.Add("AND is taken for a word: prompts are not combined.");
        }

        return notes;
    }

    private static double? ToWeight(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var weight) ? weight : null;

    private static double Checked(double weight, string where) => Math.Abs(weight) <= LargestWeight
        ? weight
        : throw new PromptException($"The prompt gives '{Shortened(where)}' a weight of {weight:G3}; weights lie between -{LargestWeight} and {LargestWeight}, and usual ones between 0.5 and 1.5.");

    private static string Shortened(string text) => text.Length <= 40 ? text : $"{text.AsSpan(0, 40)}…";

    // Escapes, brackets, the weight that closes a bracket, and runs of anything else.
    [GeneratedRegex(@"\\[\\()\[\]]|[()\[\]\\]|:\s*(?<weight>[+-]?[.\d]+)\s*\)|[^\\()\[\]:]+|:", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Elements();

    [GeneratedRegex(@"\bBREAK\b", RegexOptions.CultureInvariant)]
    private static partial Regex Breaks();

    [GeneratedRegex(@"<(lora|lyco):(?<name>[^:<>]+)(:(?<weights>[^<>]*))?>", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex LoraTags();

    [GeneratedRegex(@"<(hypernet|embedding|ti):[^<>]+>", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex OtherNetworks();

    // (word:1.3), ((word)), [word]: one round bracket alone is common in plain English.
    [GeneratedRegex(@"(?<!\\)\([^()\[\]]*:\s*[+-]?[.\d]+\s*\)|(?<!\\)\(\([^()\[\]]+\)\)|(?<!\\)\[[^()\[\]]+\]", RegexOptions.CultureInvariant)]
    private static partial Regex Weights();

    // [from:to:0.5], [from::0.5], [a|b].
    [GeneratedRegex(@"(?<!\\)\[[^\[\]|:]*(\|[^\[\]]*|(:[^\[\]|:]*)?:[.\d]+)\]", RegexOptions.CultureInvariant)]
    private static partial Regex Editing();

    [GeneratedRegex(@"\bAND\b", RegexOptions.CultureInvariant)]
    private static partial Regex Alternatives();

    /// <summary>The pieces so far, and the brackets that are open.</summary>
    private sealed class Parser
    {
        private readonly List<(string? Text, double Weight)> pieces = [];
        private readonly Stack<int> round = new();
        private readonly Stack<int> square = new();

        public void Take(Match match)
        {
            var text = match.Value;
            if (text[0] == '\\')
            {
                pieces.Add((text.Length > 1 ? text[1..] : text, 1));
            }
            else if (text is "(")
            {
                Open(round);
            }
            else if (text is "[")
            {
                Open(square);
            }
            else if (round.Count > 0 && match.Groups["weight"] is { Success: true } written && ToWeight(written.Value) is { } weight)
            {
                Multiply(round.Pop(), weight);
            }
            else if (text is ")" && round.Count > 0)
            {
                Multiply(round.Pop(), RoundBrackets);
            }
            else if (text is "]" && square.Count > 0)
            {
                Multiply(square.Pop(), SquareBrackets);
            }
            else
            {
                TakeWords(text);
            }
        }

        public List<List<WeightedText>> Sections()
        {
            CloseAll(round, RoundBrackets);
            CloseAll(square, SquareBrackets);
            List<List<WeightedText>> sections = [[]];
            var words = new StringBuilder();
            foreach (var (i, (text, weight)) in pieces.Index())
            {
                if (text is null)
                {
                    sections.Add([]);
                    continue;
                }

                words.Append(text);
                if (i + 1 == pieces.Count || pieces[i + 1].Text is null || pieces[i + 1].Weight != weight)
                {
                    sections[^1].Add(new(words.ToString(), Checked(weight, words.ToString())));
                    words.Clear();
                }
            }

            return sections;
        }

        private void Open(Stack<int> brackets)
        {
            if (round.Count + square.Count >= MostOpenBrackets)
            {
                throw new PromptException($"The prompt has more than {MostOpenBrackets} brackets open at once, each of which weighs what follows.");
            }

            brackets.Push(pieces.Count);
        }

        private void TakeWords(string text)
        {
            foreach (var (i, words) in Breaks().Split(text).Index())
            {
                if (i > 0)
                {
                    pieces.Add((null, 1));
                }

                pieces.Add((words, 1));
            }
        }

        private void CloseAll(Stack<int> open, double weight)
        {
            while (open.Count > 0)
            {
                Multiply(open.Pop(), weight);
            }
        }

        private void Multiply(int from, double weight)
        {
            for (var i = from; i < pieces.Count; i++)
            {
                pieces[i] = (pieces[i].Text, pieces[i].Weight * weight);
            }
        }
    }
}

/// <summary>A part of a prompt whose words weigh the same.</summary>
/// <param name="Text">The words, with the white space around them.</param>
/// <param name="Weight">How much they count; 1 is usual.</param>
internal sealed record WeightedText(string Text, double Weight);

/// <summary>A LoRA that a prompt names.</summary>
/// <param name="Name">Its name, which is that of its file without the ending.</param>
/// <param name="TextEncoderWeight">How strongly it changes the text encoders; 1 is usual.</param>
/// <param name="UNetWeight">How strongly it changes the UNet; the same, unless the prompt gives another number.</param>
public sealed record LoraTag(string Name, double TextEncoderWeight, double UNetWeight);
