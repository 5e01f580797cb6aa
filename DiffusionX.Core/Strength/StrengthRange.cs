namespace DiffusionX.Strength;

/// <summary>The strengths among which the paper labels, and which its predictors stay within.</summary>
internal static class StrengthRange
{
    /// <summary>The smallest.</summary>
    public const double Smallest = 0.40;

    /// <summary>The largest.</summary>
    public const double Largest = 0.90;

    /// <summary>All eleven: 0.40, 0.45 … 0.90.</summary>
    public static IReadOnlyList<double> Labels { get; } = [.. Enumerable.Range(0, 11).Select(i => (40 + (5 * i)) / 100.0)];

    /// <summary>Whether a strength lies within the range.</summary>
    public static bool Holds(double strength) => strength is >= Smallest and <= Largest;

    /// <summary>The nearest strength within the range.</summary>
    public static double Clip(double strength) => Math.Clamp(strength, Smallest, Largest);
}
