using DiffusionX.Pipeline.Denoising;

namespace DiffusionX.Pipeline.Batching;

/// <summary>
/// Says which of the runs under way take the next step. Owners share the time: a step is of those who had least of it, however many runs
/// the others have, and of all where all had as much. Of theirs it takes the runs that fit together, those first that were passed over most
/// often, and of an owner with many no more than leave one with few its share of the time. A run goes before its turn that would miss its
/// deadline if it waited for it and makes it if it goes first, unless another was passed over <see cref="MostPassedOver"/> times.
/// </summary>
internal sealed class StepOrder
{
    /// <summary>After so many steps of others a run goes before one that is in a hurry.</summary>
    public const int MostPassedOver = 8;

    private readonly StepTimes times = new();
    private readonly TimeShares shares = new();

    // Owners have had as much time where they differ by less than a step.
    private double alike;

    /// <summary>The runs that take the next step together, and counts it as passed over for all others.</summary>
    /// <param name="runs">The runs under way, at least one, in the order of their beginning.</param>
    /// <param name="places">How many places the step may take; a run that takes more goes alone.</param>
    /// <param name="now">The time, by the clock of their deadlines.</param>
    public IReadOnlyList<TRun> Next<TRun>(IReadOnlyList<TRun> runs, int places, TimeSpan now)
        where TRun : class, ITurnTaker
    {
        shares.Meet([.. runs.Select(run => run.Owner)]);
        alike = runs.Min(run => times.Of(run.NextShape, places: 1));
        var first = runs.Where(run => shares.HadLeast(run.Owner, alike)).MaxBy(run => run.PassedOver)!;
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
        var places = PlacesOf(runs);
        times.Add(shape, places, time.TotalSeconds);
        foreach (var run in runs)
        {
            shares.Add(run.Owner, time.TotalSeconds * run.Places / places);
        }
    }

    private static int PlacesOf<TRun>(IEnumerable<TRun> runs)
        where TRun : class, ITurnTaker => runs.Sum(run => run.Places);

    private List<TRun> Fill<TRun>(TRun first, IReadOnlyList<TRun> runs, int places)
        where TRun : class, ITurnTaker
    {
        var chosen = new List<TRun> { first };
        if (first.IsAlone)
        {
            return chosen;
        }

        TRun[] fitting = [.. runs.Where(run => IsTurnOf(run, first)).OrderByDescending(run => run.PassedOver)];
        var share = fitting.GroupBy(run => run.Owner).Min(PlacesOf);
        var owners = runs.Select(run => run.Owner).Distinct().Count();
        void Take(Func<TRun, bool> may)
        {
            foreach (var run in fitting)
            {
                if (!chosen.Contains(run) && PlacesOf(chosen) + run.Places <= places && may(run))
                {
                    chosen.Add(run);
                }
            }
        }

        Take(run => IsWithinShare(run, chosen, share));
        Take(run => IsSoonDone(first.NextShape, PlacesOf(chosen) + run.Places, owners, share));
        return chosen;
    }

    private bool IsTurnOf<TRun>(TRun run, TRun first)
        where TRun : class, ITurnTaker =>
        !run.IsAlone && run.NextShape == first.NextShape && !shares.HadMore(run.Owner, first.Owner, alike);

    /// <summary>Whether an owner has no more places with it than the owner of the fewest.</summary>
    private static bool IsWithinShare<TRun>(TRun run, List<TRun> chosen, int share)
        where TRun : class, ITurnTaker =>
        PlacesOf(chosen.Where(other => other.Owner.Equals(run.Owner))) + run.Places <= share;

    /// <summary>
    /// Whether the owner of the fewest places waits no longer for a step than if all owners took steps of as many in turns. Processors that
    /// compute many as fast as few do so with many.
    /// </summary>
    private bool IsSoonDone(StepShape shape, int places, int owners, int share) =>
        times.Of(shape, places) <= owners * times.Of(shape, share);

    private bool IsInAHurry<TRun>(TRun run, IReadOnlyList<TRun> runs, TimeSpan now)
        where TRun : class, ITurnTaker
    {
        if (run.Deadline is not { } deadline)
        {
            return false;
        }

        var left = (deadline - now).TotalSeconds;
        var inTurns = runs.Select(other => other.NextShape).Distinct().Sum(times.Of);
        return left < run.StepsLeft * inTurns && left >= run.StepsLeft * times.Of(run.NextShape);
    }
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
