using System.CommandLine.Parsing;
using System.Globalization;
using DiffusionX.Pipeline;

namespace DiffusionX.Cli.Arguments;

/// <summary>A LoRA on the command line: <c>film.safetensors</c>, or <c>film.safetensors:0.8</c> with its strength.</summary>
internal static class LoraArgument
{
    /// <summary>Reads the values of an option; what is no LoRA becomes an error of the command line's.</summary>
    public static LoraSelection[] Parse(ArgumentResult result) => [.. result.Tokens.Select(token => Parse(token.Value, result)).OfType<LoraSelection>()];

    // A colon may belong to the path, as in C:\film.safetensors.
    private static LoraSelection? Parse(string text, ArgumentResult result)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0 || File.Exists(text) || text.IndexOfAny(['/', '\\'], colon) >= 0)
        {
            return new LoraSelection(text);
        }

        if (double.TryParse(text.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var strength) && double.IsFinite(strength))
        {
            return new LoraSelection(text[..colon], strength);
        }

        result.AddError($"'{text}': a LoRA's strength is a number with a decimal point, as in {text[..colon]}:0.8.");
        return null;
    }
}
