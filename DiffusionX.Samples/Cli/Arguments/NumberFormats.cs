using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace DiffusionX.Cli.Arguments;

/// <summary>
/// How numbers are written on the command line: with a point and without separators of thousands, whatever the machine's language. By
/// itself the parser takes 7,5 for seventy-five.
/// </summary>
internal static class NumberFormats
{
    /// <summary>Has all options of a command and of those below it read their numbers so.</summary>
    public static void Apply(Command command)
    {
        foreach (var option in command.Options)
        {
            Apply(option);
        }

        foreach (var below in command.Subcommands)
        {
            Apply(below);
        }
    }

    private static void Apply(Option option)
    {
        switch (option)
        {
            case Option<int> number: number.CustomParser ??= Read<int>; break;
            case Option<int?> number: number.CustomParser ??= result => Read<int>(result); break;
            case Option<long> number: number.CustomParser ??= Read<long>; break;
            case Option<long?> number: number.CustomParser ??= result => Read<long>(result); break;
            case Option<double> number: number.CustomParser ??= Read<double>; break;
            case Option<double?> number: number.CustomParser ??= result => Read<double>(result); break;
        }
    }

    private static T Read<T>(ArgumentResult result)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        var text = result.Tokens[^1].Value;
        var isWhole = typeof(T) != typeof(double);
        if (T.TryParse(text, isWhole ? NumberStyles.AllowLeadingSign : NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && !T.IsNaN(value))
        {
            return value;
        }

        var wanted = isWhole ? $"a whole number up to {T.MaxValue.ToString(null, CultureInfo.InvariantCulture)}" : "a number, such as 7.5";
        result.AddError($"{NameOf(result)} is '{text}' and has to be {wanted}.");
        return default;
    }

    private static string NameOf(ArgumentResult result) => result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name;
}
