using System.Globalization;
using DiffusionX.Evaluation;

namespace DiffusionX.Cli.Evaluate.Reports;

/// <summary>Numbers as reports print them.</summary>
internal static class Figure
{
    /// <summary>What stands where there is no figure.</summary>
    public const string None = "–";

    /// <summary>A number of that many decimals.</summary>
    public static string Of(double? value, int decimals = 2) => value?.ToString($"F{decimals}", CultureInfo.InvariantCulture) ?? None;

    /// <summary>A number with its interval.</summary>
    public static string Of(Estimate? estimate, int decimals = 2) =>
        estimate is null ? None : $"{Of(estimate.Value, decimals)} [{Of(estimate.Low, decimals)}, {Of(estimate.High, decimals)}]";

    /// <summary>A whole number.</summary>
    public static string Of(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? None;
}
