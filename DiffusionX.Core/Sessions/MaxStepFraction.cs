using DiffusionX.Pipeline;
using DiffusionX.Schedulers;
using DiffusionX.Schedulers.Skipping;

namespace DiffusionX.Sessions;

/// <summary>
/// Of the whole schedule's steps, how many a redrawing takes at the most where nobody said, if the solver can do without some. What misses
/// the prompt is better put right with much noise and few steps than with as many steps from little noise (docs/RESULTS.md).
/// </summary>
public static class MaxStepFraction
{
    /// <summary>Of a round on the edge: a preview, which the next round may replace.</summary>
    public const double OfRound = 0.5;

    /// <summary>Of a refinement in the cloud: the picture that is kept, and worth a few steps more.</summary>
    public const double OfRefinement = 0.7;

    /// <summary>The steps that a redrawing leaves out where nobody said.</summary>
    /// <param name="fraction">Of the whole schedule's steps.</param>
    /// <param name="model">Who redraws.</param>
    /// <param name="solver">Null for the model's own.</param>
    internal static SkipStepSchedule AtMost(double fraction, DiffusionModel model, SchedulerKind? solver) =>
        model.CanSkipSteps(solver) ? SkipStepSchedule.AtMost(fraction) : SkipStepSchedule.None;
}
