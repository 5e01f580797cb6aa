namespace DiffusionX.Schedulers;

/// <summary>The timesteps of DPM-Solver++ and UniPC: whole numbers, of which leading and linspace spacing leave out the cleanest.</summary>
/// <param name="Timesteps">Where the model is asked.</param>
/// <param name="Sigmas">σ/α there.</param>
/// <param name="Levels">The noise levels there, and the one that the last step leads to.</param>
internal sealed record MultistepGrid(double[] Timesteps, double[] Sigmas, NoiseLevel[] Levels)
{
    /// <summary>The grid of a whole schedule.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="noise">The training noise.</param>
    /// <param name="steps">How many timesteps.</param>
    /// <param name="within">How many of the training timesteps may be used, from the first.</param>
    public static MultistepGrid Of(SchedulerConfig config, NoiseSchedule noise, int steps, int within)
    {
        double[] timesteps = config.Spacing switch
        {
            TimestepSpacing.Leading => TimestepGrid.Leading(within, steps + 1, steps, config.StepsOffset),
            TimestepSpacing.Trailing => TimestepGrid.Trailing(noise.Count, steps, within),
            _ => TimestepGrid.RoundedLinspace(within, steps + 1, steps),
        };
        double[] sigmas = [.. timesteps.Select(noise.Ratio)];
        if (config.SigmaSpacing != SigmaSpacing.Timesteps)
        {
            sigmas = SigmaGrid.Between(config.SigmaSpacing, noise.Ratio(noise.Count - 1), noise.Ratio(0), steps);
            timesteps = [.. sigmas.Select(sigma => Math.Round(noise.TimestepOf(sigma)))];
        }

        var last = config.FinalSigmaZero ? 0 : noise.Ratio(0);
        return new MultistepGrid(timesteps, sigmas, [.. sigmas.Append(last).Select(NoiseLevel.OfRatio)]);
    }

    /// <summary>What is left of it without its first steps.</summary>
    public MultistepGrid From(int step) => new(Timesteps[step..], Sigmas[step..], Levels[step..]);
}
