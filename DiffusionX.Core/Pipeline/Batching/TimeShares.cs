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
