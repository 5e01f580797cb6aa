using DiffusionX.Generation;
using DiffusionX.Schedulers;

namespace DiffusionX.Sessions;

/// <summary>
/// How many steps a redrawing takes where nobody said: no more than half of the schedule's, where the solver can do without some. What misses the prompt is better put right with
/// much noise and few steps than with as many steps from little noise (docs/RESULTS.md).
/// </summary>
internal static class StepShare
{
    /// <summary>Of the whole schedule's steps.</summary>
    public const double Most = 0.5;

    /// <param name="model">Who redraws.</param>
    /// <param name="solver">Null for the model's own.</param>
    public static SkipStepSchedule Of(DiffusionModel model, SchedulerKind? solver) => model.CanSkipSteps(solver) ? SkipStepSchedule.AtMost(Most) : SkipStepSchedule.None;
}
