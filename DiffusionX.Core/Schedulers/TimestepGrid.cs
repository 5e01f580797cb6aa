namespace DiffusionX.Schedulers;

/// <summary>The timesteps of schedules, falling. Rounding is NumPy's: half to even.</summary>
internal static class TimestepGrid
{
    /// <summary>
    /// 0, r, 2r … with r = ⌊total/stretches⌋, falling, plus an offset; the highest <paramref name="count"/> of them. As many stretches as there are timesteps
    /// leave no room for the offset, and the first one stays where it is.
    /// </summary>
    public static double[] Leading(int total, int stretches, int count, int offset)
    {
        var ratio = total / stretches;
        return [.. Enumerable.Range(0, stretches).Reverse().Take(count).Select(i => (double)Math.Min((i * ratio) + offset, total - 1))];
    }

    /// <summary>total − 1, total − 1 − r … with r = total/count, rounded.</summary>
    public static double[] Trailing(int total, int count)
    {
        var ratio = total / (double)count;
        return [.. Enumerable.Range(0, (int)Math.Ceiling(total / ratio)).Select(i => Math.Round(total - (i * ratio)) - 1)];
    }

    /// <summary><paramref name="points"/> numbers from total − 1 down to 0, not rounded.</summary>
    public static double[] Linspace(int total, int points) =>
        [.. Enumerable.Range(0, points).Reverse().Select(i => points == 1 ? 0.0 : i * ((total - 1.0) / (points - 1)))];

    /// <summary>The same, rounded.</summary>
    public static double[] RoundedLinspace(int total, int points) => [.. Linspace(total, points).Select(t => Math.Round(t))];
}
