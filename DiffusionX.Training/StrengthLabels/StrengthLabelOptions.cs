using DiffusionX.Pipeline;
using DiffusionX.Schedulers;
using DiffusionX.Strength;

namespace DiffusionX.Training.StrengthLabels;

/// <summary>How pictures are drawn for labels.</summary>
internal sealed record StrengthLabelOptions
{
    /// <summary>Steps of the whole schedule, for starts and redrawn pictures.</summary>
    public int Steps { get; init; } = 25;

    /// <summary>
    /// Of the whole schedule's steps, how many the redrawing of a start takes at the most, above 0 to 1: as sessions redraw,
    /// <see cref="Sessions.MaxStepFraction.OfRound"/> on the edge and <see cref="Sessions.MaxStepFraction.OfRefinement"/> in the cloud.
    /// </summary>
    public double MaxStepFraction { get; init; } = Sessions.MaxStepFraction.OfRound;

    /// <summary>Guidance of both.</summary>
    public double GuidanceScale { get; init; } = 7.5;

    /// <summary>The solver; null takes DPM-Solver++ 2M, or LCM or TCD for a model that was distilled for it.</summary>
    public SchedulerKind? Scheduler { get; init; }

    /// <summary>
    /// Starts of a pair, 1 to <see cref="GenerationRequest.MaxImages"/>, over which scores are averaged. A predictor that sees its start,
    /// as the cloud's does, learns from one; one that knows the prompts alone has to do for whatever was drawn for the first of them, and
    /// takes several.
    /// </summary>
    public int Starts { get; init; } = 1;

    /// <summary>
    /// Pictures for each strength and start, whose scores are averaged; they share their noise with those of the other strengths. Enough
    /// where the table's column <c>noise</c>, the standard error of a mean score, is well below what strengths differ by.
    /// </summary>
    public int Images { get; init; } = 2;

    /// <summary>
    /// How much it counts, beside the score of a redrawn picture, that it keeps its start: the cosine of both pictures in CLIP's space,
    /// times this, is added to the score. 0 is the paper's way, which asks for the prompt alone.
    /// </summary>
    public double KeptWeight { get; init; }

    /// <summary>How many strengths are drawn side by side: all eleven is fastest, fewer take less memory.</summary>
    public int StrengthsAtOnce { get; init; } = StrengthRange.Labels.Count;

    /// <summary>The seed of the first pair.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>How many steps a strength's pictures take.</summary>
    internal int StepsTaken(double strength) => Math.Min(Schedulers.Scheduler.StepsRun(Steps, strength), Schedulers.Scheduler.StepsRun(Steps, MaxStepFraction));
}
