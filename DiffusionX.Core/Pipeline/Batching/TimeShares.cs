namespace DiffusionX.Pipeline.Batching;

/// <summary>
/// How much time each owner of runs under way has had. Who comes begins with as little as the one who had least, so that nobody catches up
/// on a time when it was not there; who goes is forgotten.
/// </summary>
internal sealed class TimeShares
{
    // What differs by less, in seconds, differs by rounding.
    private const double Same = 1e-6;

    private readonly Dictionary<object, double> seconds = [];
    private double least;

    /// <summary>
    /// Whether one who asks has nothing under way where another has several things: then the places are taken, and the time is not. It
    /// begins beyond the places, and the two share the time.
    /// </summary>
    /// <param name="owner">Who asks.</param>
    /// <param name="underWay">The owners of what is under way, each as often as it has something.</param>
    public static bool IsNewBesideMany(object owner, IReadOnlyCollection<object> underWay) =>
        !underWay.Contains(owner) && underWay.Distinct().Count() < underWay.Count;

    /// <summary>The owners who are there now.</summary>
    public void Meet(IReadOnlyCollection<object> owners)
    {
        foreach (var gone in seconds.Keys.Except(owners).ToArray())
        {
            seconds.Remove(gone);
        }

        var beginning = seconds.Count == 0 ? 0 : seconds.Values.Min();
        foreach (var owner in owners)
        {
            seconds.TryAdd(owner, beginning);
        }

        least = seconds.Values.Min();
    }

    /// <summary>Whether nobody had less.</summary>
    public bool HadLeast(object owner) => seconds[owner] - least < Same;

    /// <summary>Whether one had more than another.</summary>
    public bool HadMore(object owner, object other) => seconds[owner] - seconds[other] >= Same;

    /// <summary>An owner has had more.</summary>
    public void Add(object owner, double time) => seconds[owner] += time;
}
