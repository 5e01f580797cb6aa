namespace DiffusionX.Pipeline.Batching;

/// <summary>
/// How much time each owner of runs under way has had. Who comes begins with as little as the one who had least, so that nobody catches up
/// on a time when it was not there. Beside one with several runs, who comes seldom begins with less, by what it left to the others, up to
/// <see cref="MostCredit"/>: what it asks for is soon done, as if it were alone. Who asks again and again has left nothing to them.
/// </summary>
internal sealed class TimeShares
{
    /// <summary>The most, in seconds, that one who comes is ahead of those who are there.</summary>
    public const double MostCredit = 1;

    // What differs by less, in seconds, differs by rounding.
    private const double Same = 1e-6;

    private readonly Dictionary<object, double> seconds = [];
    private HashSet<object> there = [];
    private double least;

    /// <summary>
    /// Whether one who asks has nothing under way where another has several things: then the places are taken, and the time is not. It
    /// begins beyond the places, and the two share the time.
    /// </summary>
    /// <param name="owner">Who asks.</param>
    /// <param name="underWay">The owners of what is under way, each as often as it has something.</param>
    public static bool IsNewBesideMany(object owner, IReadOnlyCollection<object> underWay) =>
        !underWay.Contains(owner) && underWay.Distinct().Count() < underWay.Count;

    /// <summary>Who is there now: the owners of what is under way, each as often as it has something.</summary>
    public void Meet(IReadOnlyCollection<object> underWay)
    {
        HashSet<object> now = [.. underWay];
        var stayed = now.Where(there.Contains).ToArray();
        least = stayed.Length > 0 ? stayed.Min(owner => seconds[owner]) : least;
        foreach (var owner in now.Except(stayed))
        {
            var credit = IsNewBesideMany(owner, [.. underWay.Where(stayed.Contains)]) ? MostCredit : 0;
            seconds[owner] = Math.Max(seconds.GetValueOrDefault(owner, double.MinValue), least - credit);
        }

        there = now;
        least = now.Min(owner => seconds[owner]);
        foreach (var gone in seconds.Keys.Where(owner => !now.Contains(owner) && seconds[owner] <= least - MostCredit).ToArray())
        {
            seconds.Remove(gone);
        }
    }

    /// <summary>Whether nobody had less, but for a difference that does not count.</summary>
    public bool HadLeast(object owner, double within) => seconds[owner] - least < Same + within;

    /// <summary>Whether one had more than another, by more than a difference that does not count.</summary>
    public bool HadMore(object owner, object other, double within) => seconds[owner] - seconds[other] >= Same + within;

    /// <summary>An owner has had more.</summary>
    public void Add(object owner, double time) => seconds[owner] += time;
}
