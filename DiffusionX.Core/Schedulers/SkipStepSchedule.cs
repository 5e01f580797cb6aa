namespace DiffusionX.Schedulers;

/// <summary>
/// Which steps of a run are left out, after strength has cut off its beginning: the solver goes on over several timesteps at once, and the UNet is asked less often.
/// A schedule is a rule without state; runs share it.
/// </summary>
public abstract record SkipStepSchedule
{
    private protected SkipStepSchedule()
    {
    }

    /// <summary>No step is left out.</summary>
    public static SkipStepSchedule None { get; } = new UniformStride(1);

    /// <summary>Every <paramref name="stride"/>-th step is taken.</summary>
    /// <param name="stride">At least 1, which leaves out none.</param>
    public static SkipStepSchedule Uniform(int stride)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        return new UniformStride(stride);
    }

    /// <summary>A share of the steps is taken, densely at the front, where the composition is found, and thinly towards the end.</summary>
    /// <param name="share">Of the steps that are taken, above 0 to 1.</param>
    public static SkipStepSchedule FrontLoaded(double share) => new LoadedShare(Checked(share), AtFront: true);

    /// <summary>A share of the steps is taken, thinly at first and densely at the back, where the details are found.</summary>
    /// <param name="share">Of the steps that are taken, above 0 to 1.</param>
    public static SkipStepSchedule BackLoaded(double share) => new LoadedShare(Checked(share), AtFront: false);

    /// <summary>
    /// As many steps as strength leaves, up to a share of the whole schedule's; beyond that thinly at first and densely at the back. Noise and steps are two things then: much noise
    /// costs no more than a little.
    /// </summary>
    /// <param name="share">Of the whole schedule's steps, above 0 to 1.</param>
    public static SkipStepSchedule AtMost(double share) => new StepBudget(Checked(share));

    /// <summary>Steps are left out while the clean latent that the run expects changes little: as many as the change is expected to stay small for.</summary>
    /// <param name="change">The relative change ‖x̂₀ − x̂₀'‖ / ‖x̂₀‖ up to which no evaluation is needed, above 0.</param>
    /// <param name="longest">The most steps of the schedule in one, at least 1.</param>
    public static SkipStepSchedule Adaptive(double change, int longest = 3)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(change);
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, 1);
        return new AdaptiveStride(change, longest);
    }

    /// <summary>Whether the rule asks how much the latent changes, which costs a little.</summary>
    internal virtual bool WatchesChange => false;

    /// <summary>The step that follows one: the next, or a later one.</summary>
    /// <param name="step">The step that is taken, from 0.</param>
    /// <param name="steps">How many there are; as a result it means the end.</param>
    /// <param name="ofSchedule">How many the whole schedule has, of which strength left these.</param>
    /// <param name="changePerStep">How much the expected clean latent changed, of late, in one step of the schedule.</param>
    internal abstract int Next(int step, int steps, int ofSchedule, double changePerStep);

    private static double Checked(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        return share;
    }
}
