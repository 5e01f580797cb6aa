namespace DiffusionX.Runtime;

/// <summary>A mean of measurements of which the newest count most: what the next one is expected to be like.</summary>
internal static class RecentMean
{
    // How much the newest counts against all before it.
    private const double Newest = 0.3;

    /// <param name="before">The mean before; null before the first measurement.</param>
    /// <param name="measured">The newest measurement.</param>
    public static double Of(double? before, double measured) => before is { } mean ? mean + (Newest * (measured - mean)) : measured;
}
