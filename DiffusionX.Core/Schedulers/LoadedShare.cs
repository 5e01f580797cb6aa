namespace DiffusionX.Schedulers;

/// <summary>A share of the steps, at distances that grow from one end to the other. The first step is taken, and the last one where there are two.</summary>
internal sealed record LoadedShare(double Share, bool AtFront) : SkipStepSchedule
{
    internal override int Next(int step, int steps, int ofSchedule, double changePerStep) =>
        LoadedSteps.After(step, steps, Math.Max(1, (int)Math.Ceiling(steps * Share)), AtFront);
}
