using System.CommandLine;
using System.Globalization;

namespace DiffusionX.Cli.Arguments;

/// <summary>
/// A seed as other programs have it: 0 to 2⁶⁴ - 1, or a negative number, which is its two's complement; -1 is a new seed each time, as if
/// there were none.
/// </summary>
internal sealed class SeedOption : Option<long?>
{
    public SeedOption(string description)
        : base("--seed")
    {
        Description = $"{description} 0 to 18446744073709551615; -1 is a new one each time, as without it.";
        CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed))
            {
                return seed == -1 ? New() : seed;
            }

            if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var large))
            {
                return unchecked((long)large);
            }

            result.AddError($"--seed is '{text}' and has to be a whole number from 0 to 18446744073709551615, or -1 for a new seed each time.");
            return null;
        };
    }

    /// <summary>A seed for who gave none.</summary>
    public static long New() => Random.Shared.Next();

    /// <summary>A seed as it is written for people and read back.</summary>
    public static string Text(long seed) => unchecked((ulong)seed).ToString(CultureInfo.InvariantCulture);
}
