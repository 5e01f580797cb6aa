namespace DiffusionX.Schedulers;

/// <summary>Noise levels that are denser where there is little noise (Karras et al., 2022, equation 5).</summary>
internal static class KarrasSigmas
{
    private const double Rho = 7;

    /// <summary><paramref name="count"/> levels from <paramref name="highest"/> to <paramref name="lowest"/>.</summary>
    public static double[] Between(double highest, double lowest, int count)
    {
        var (high, low) = (Math.Pow(highest, 1 / Rho), Math.Pow(lowest, 1 / Rho));
        return [.. Enumerable.Range(0, count).Select(i => Math.Pow(high + ((low - high) * (count == 1 ? 0 : i / (count - 1.0))), Rho))];
    }
}
