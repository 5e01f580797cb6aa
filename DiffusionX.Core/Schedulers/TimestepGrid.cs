namespace DiffusionX.Schedulers;

/// <summary>
/// The timesteps of schedules, strictly falling: where diffusers' would coincide, which gives steps of no width, the others make room.
/// Rounding is NumPy's: half to even.
/// </summary>
internal static class TimestepGrid
{
    /// <summary>
    /// 0, r, 2r … with r = ⌊total/stretches⌋, falling, plus an offset; the highest <paramref name="count"/> of them. The offset is only as
    /// large as leaves all of them within the training timesteps.
    /// </summary>
    public static double[] Leading(int total, int stretches, int count, int offset)
    {
        var ratio = Math.Max(1, total / stretches);
        var highest = (stretches - 1) * ratio;
        var start = highest + Math.Min(offset, total - 1 - highest);
        return [.. Enumerable.Range(0, count).Select(i => (double)(start - (i * ratio)))];
    }

    /// <summary>total − 1, total − 1 − r … with r = total/count, rounded, of the first <paramref name="within"/> timesteps.</summary>
    public static double[] Trailing(int total, int count, int within)
    {
        var ratio = total / (double)count;
        return [.. Enumerable.Range(0, count).Select(i => Math.Round(within - (i * ratio)) - 1).TakeWhile(timestep => timestep >= 0)];
    }

    /// <summary><paramref name="points"/> numbers from total − 1 down to 0, not rounded.</summary>
    public static double[] Linspace(int total, int points) =>
        [.. Enumerable.Range(0, points).Reverse().Select(i => points == 1 ? 0.0 : i * ((total - 1.0) / (points - 1)))];

    /// <summary>The highest <paramref name="count"/> of the same, rounded.</summary>
    public static double[] RoundedLinspace(int total, int points, int count) =>
        MoveApart([.. Linspace(total, points).Take(count).Select(timestep => Math.Round(timestep))], total - 1);

    /// <summary>
    /// Evenly spaced ones of those that a consistency model was distilled at (Luo et al., 2023, section 4.3), over the part of their range
    /// that a strength leaves.
    /// </summary>
    /// <exception cref="SchedulerException">There are not that many.</exception>
    public static int[] Distilled(SchedulerConfig config, int steps, double strength)
    {
        var distilled = Math.Min(config.OriginalInferenceSteps, config.TrainTimesteps);
        var stride = config.TrainTimesteps / distilled;
        var left = Scheduler.StepsRun(distilled, strength);
        if (steps > left)
        {
            throw new SchedulerException(
                $"{steps} steps were asked for, and of the {distilled} that this {config.Kind} model was distilled from a strength of "
                + $"{strength} leaves {left}. Ask for fewer steps or a higher strength.");
        }

        return [.. Enumerable.Range(0, steps).Select(i => ((left - (int)Math.Floor(i * (left / (double)steps))) * stride) - 1)];
    }

    // Falling whole numbers: those that coincide with a lower one move up, and where that leads too high all move down.
    private static double[] MoveApart(double[] timesteps, double highest)
    {
        for (var i = timesteps.Length - 2; i >= 0; i--)
        {
            timesteps[i] = Math.Max(timesteps[i], timesteps[i + 1] + 1);
        }

        for (var i = 0; i < timesteps.Length; i++)
        {
            timesteps[i] = Math.Min(timesteps[i], highest - i);
        }

        return timesteps;
    }
}
