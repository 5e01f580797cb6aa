namespace DiffusionX.Schedulers.Skipping;

/// <summary>
/// Which steps of a run are left out, after strength has cut off its beginning: the solver goes on over several timesteps at once, and the
/// UNet is asked less often. A schedule is a rule without state; runs share it.
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

    /// <summary>
    /// A fraction of the steps is taken, densely at the front, where the composition is found, and thinly towards the end.
    /// </summary>
    /// <param name="fraction">Of the steps that are taken, above 0 to 1.</param>
    public static SkipStepSchedule FrontLoaded(double fraction) => new QuadraticSpacing(Checked(fraction), DenseAtFront: true);

    /// <summary>A fraction of the steps is taken, thinly at first and densely at the back, where the details are found.</summary>
    /// <param name="fraction">Of the steps that are taken, above 0 to 1.</param>
    public static SkipStepSchedule BackLoaded(double fraction) => new QuadraticSpacing(Checked(fraction), DenseAtFront: false);

    /// <summary>
    /// As many steps as strength leaves, up to a fraction of the whole schedule's; beyond that thinly at first and densely at the back.
    /// Noise and steps are two things then: much noise costs no more than a little.
    /// </summary>
    /// <param name="fraction">Of the whole schedule's steps, above 0 to 1.</param>
    public static SkipStepSchedule AtMost(double fraction) => new StepLimit(Checked(fraction));

    /// <summary>
    /// Steps are left out while the clean latent that the run expects changes little: as many as the change is expected to stay small for.
    /// </summary>
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

    private static double Checked(double fraction)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(fraction);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fraction, 1);
        return fraction;
    }

    /// <summary>Every so many-th step.</summary>
    private sealed record UniformStride(int Stride) : SkipStepSchedule
    {
        internal override int Next(int step, int steps, int ofSchedule, double changePerStep) => Math.Min(step + Stride, steps);
    }

    /// <summary>As many steps in one as the expected clean latent stays nearly the same for. The last step is always taken.</summary>
    private sealed record AdaptiveStride(double Change, int Longest) : SkipStepSchedule
    {
        internal override bool WatchesChange => true;

        internal override int Next(int step, int steps, int ofSchedule, double changePerStep)
        {
            var stride = (int)Math.Clamp(Change / changePerStep, 1, Longest);
            return step == steps - 1 ? steps : Math.Min(step + stride, steps - 1);
        }
    }

    /// <summary>
    /// All steps of a short run; of a longer one as many as a fraction of the whole schedule comes to, dense at the back.
    /// </summary>
    private sealed record StepLimit(double Fraction) : SkipStepSchedule
    {
        internal override int Next(int step, int steps, int ofSchedule, double changePerStep)
        {
            var most = Scheduler.StepsRun(ofSchedule, Fraction);
            return steps <= most ? step + 1 : QuadraticSpacing.After(step, steps, most, denseAtFront: false);
        }
    }

    /// <summary>
    /// A fraction of the steps, at distances that grow from one end to the other: the squares of evenly spaced numbers, where need be moved
    /// on to be different steps. The first step is taken, and the last one where there are two.
    /// </summary>
    private sealed record QuadraticSpacing(double Fraction, bool DenseAtFront) : SkipStepSchedule
    {
        public static int After(int step, int steps, int count, bool denseAtFront) =>
            Taken(steps, count, denseAtFront).Append(steps).First(candidate => candidate > step);

        internal override int Next(int step, int steps, int ofSchedule, double changePerStep) =>
            After(step, steps, Math.Max(1, (int)Math.Ceiling(steps * Fraction)), DenseAtFront);

        private static IEnumerable<int> Taken(int steps, int count, bool denseAtFront)
        {
            var fromFront = TakenFromFront(steps, count);
            return denseAtFront || count == 1 ? fromFront : fromFront.Reverse().Select(step => steps - 1 - step);
        }

        private static int[] TakenFromFront(int steps, int count)
        {
            var taken = new int[count];
            for (var i = 1; i < count; i++)
            {
                var place = i / (count - 1.0);
                taken[i] = Math.Max(taken[i - 1] + 1, (int)Math.Round((steps - 1) * place * place));
            }

            return taken;
        }
    }
}
