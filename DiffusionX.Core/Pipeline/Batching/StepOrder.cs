using DiffusionX.Pipeline.Denoising;

namespace DiffusionX.Pipeline.Batching;

/// <summary>
/// Says which of the runs under way take the next step. Owners share the time: a step is of those who had least of it, however many runs
/// the others have, and of all where all had as much. Of theirs it takes the runs that fit together with the one that was passed over most
/// often. None waits for more than <see cref="MostPassedOver"/> steps of others, and one for each further shape. Below that bound, a run
/// goes first that would miss its deadline if it took turns with the others, and makes it if it goes first.
/// </summary>
internal sealed class StepOrder
{
    /// <summary>After so many steps of others a run goes before one that is in a hurry.</summary>
    public const int MostPassedOver = 8;

    // Of the newest measurement, in the mean that the next one is expected to be like.
    private const double Newest = 0.3;

    private readonly Dictionary<StepShape, double> seconds = [];
    private readonly TimeShares shares = new();

    /// <summary>The runs that take the next step together, and counts it as passed over for all others.</summary>
    /// <param name="runs">The runs under way, at least one, in the order of their beginning.</param>
    /// <param name="places">How many places the step may take; a run that takes more goes alone.</param>
    /// <param name="now">The time, by the clock of their deadlines.</param>
    public IReadOnlyList<TRun> Next<TRun>(IReadOnlyList<TRun> runs, int places, TimeSpan now)
        where TRun : class, ITurnTaker
    {
        shares.Meet([.. runs.Select(run => run.Owner).Distinct()]);
        var first = runs.MaxBy(run => run.PassedOver)!;
        if (first.PassedOver < MostPassedOver)
        {
            first = runs.Where(run => shares.HadLeast(run.Owner)).MaxBy(run => run.PassedOver)!;
        }

        if (first.PassedOver < MostPassedOver && runs.Where(run => IsInAHurry(run, runs, now)).MinBy(run => run.Deadline) is { } hurried)
        {
            first = hurried;
        }

        var chosen = Fill(first, runs, places);
        foreach (var run in runs)
        {
            run.PassedOver = chosen.Contains(run) ? 0 : run.PassedOver + 1;
        }

        return chosen;
    }

    /// <summary>Notes how long a step took, and who had it.</summary>
    public void Took<TRun>(IReadOnlyList<TRun> runs, StepShape shape, TimeSpan time)
        where TRun : class, ITurnTaker
    {
        Took(shape, time);
        var places = runs.Sum(run => run.Places);
        foreach (var run in runs)
        {
            shares.Add(run.Owner, time.TotalSeconds * run.Places / places);
        }
    }

    /// <summary>Notes how long a step of a shape takes.</summary>
    public void Took(StepShape shape, TimeSpan time) =>
        seconds[shape] = seconds.TryGetValue(shape, out var before) ? before + (Newest * (time.TotalSeconds - before)) : time.TotalSeconds;

    private List<TRun> Fill<TRun>(TRun first, IReadOnlyList<TRun> runs, int places)
        where TRun : class, ITurnTaker
    {
        var chosen = new List<TRun> { first };
        var taken = first.Places;
        foreach (var run in runs.OrderByDescending(run => run.PassedOver))
        {
            if (run != first && IsTurnOf(run, first) && taken + run.Places <= places)
            {
                chosen.Add(run);
                taken += run.Places;
            }
        }

        return chosen;
    }

    private bool IsTurnOf<TRun>(TRun run, TRun first)
        where TRun : class, ITurnTaker =>
        !first.IsAlone && !run.IsAlone && run.NextShape == first.NextShape
        && (run.PassedOver >= MostPassedOver || !shares.HadMore(run.Owner, first.Owner));

    private bool IsInAHurry<TRun>(TRun run, IReadOnlyList<TRun> runs, TimeSpan now)
        where TRun : class, ITurnTaker
    {
        if (run.Deadline is not { } deadline)
        {
            return false;
        }

        var left = (deadline - now).TotalSeconds;
        var inTurns = runs.Select(other => other.NextShape).Distinct().Sum(Expected);
        return left < run.StepsLeft * inTurns && left >= run.StepsLeft * Expected(run.NextShape);
    }

    private double Expected(StepShape shape) => seconds.GetValueOrDefault(shape);
}

/// <summary>What takes its turn, step by step.</summary>
internal interface ITurnTaker
{
    /// <summary>Whose it is.</summary>
    object Owner { get; }

    /// <summary>What the next step has to have in common with others.</summary>
    StepShape NextShape { get; }

    /// <summary>How many steps are left, at most.</summary>
    int StepsLeft { get; }

    /// <summary>How much room it takes: pictures of the model's own size.</summary>
    int Places { get; }

    /// <summary>When it has to be done, by the engine's clock; null for whenever.</summary>
    TimeSpan? Deadline { get; }

    /// <summary>Whether it shares its steps with nobody.</summary>
    bool IsAlone { get; }

    /// <summary>How many steps of others there were since its last one.</summary>
    int PassedOver { get; set; }
}
