namespace DiffusionX.Schedulers;

/// <summary>All steps of a short run; of a longer one as many as a share of the whole schedule comes to, dense at the back.</summary>
internal sealed record StepBudget(double Share) : SkipStepSchedule
{
    internal override int Next(int step, int steps, int ofSchedule, double changePerStep)
    {
        var most = Scheduler.StepsRun(ofSchedule, Share);
        return steps <= most ? step + 1 : LoadedSteps.After(step, steps, most, atFront: false);
    }
}
