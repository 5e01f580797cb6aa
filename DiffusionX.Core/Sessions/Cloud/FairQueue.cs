namespace DiffusionX.Sessions.Cloud;

/// <summary>
/// A queue in which owners take turns: next is an item of the owner whose last turn is longest ago, so that who asks for much waits behind
/// those who ask for little. Owners have owners: the clients of one address share its turns, and the requests of one client share the
/// client's. Not for several threads.
/// </summary>
/// <param name="owners">Who an item is for, from the widest circle to the narrowest.</param>
internal sealed class FairQueue<TItem>(params Func<TItem, object>[] owners)
    where TItem : class
{
    // Beyond it the oldest turns are forgotten, as if they had never been.
    private const int MostOwnersRemembered = 4096;

    private readonly List<TItem> items = [];
    private readonly Dictionary<object, long> lastTurns = [];
    private long turn;

    /// <summary>How much room an item takes: 1 for each, unless it is said otherwise.</summary>
    public Func<TItem, int> WeightOf { private get; init; } = _ => 1;

    /// <summary>How many items wait.</summary>
    public int Count => items.Count;

    /// <summary>How much room they take.</summary>
    public int Weight => items.Sum(WeightOf);

    public void Enqueue(TItem item) => items.Add(item);

    /// <summary>Puts an item in front of the first that it comes before.</summary>
    public void Enqueue(TItem item, Predicate<TItem> comesAfterIt)
    {
        var place = items.FindIndex(comesAfterIt);
        items.Insert(place < 0 ? items.Count : place, item);
    }

    /// <summary>The item whose turn it is; null where none waits.</summary>
    public TItem? Dequeue()
    {
        if (Next(items, lastTurns) is not { } item)
        {
            return null;
        }

        Take(item);
        return item;
    }

    /// <summary>Takes an item before its turn, which counts as its owner's turn.</summary>
    public void Take(TItem item)
    {
        items.Remove(item);
        TakeTurn(item, lastTurns, ++turn);
        Forget();
    }

    /// <summary>Takes an item out of the middle.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(TItem item) => items.Remove(item);

    /// <summary>What waits, in the order in which it will be taken if nothing is added.</summary>
    public IEnumerable<TItem> InOrder()
    {
        var left = new List<TItem>(items);
        var turns = new Dictionary<object, long>(lastTurns);
        for (var then = turn + 1; Next(left, turns) is { } item; then++)
        {
            left.Remove(item);
            TakeTurn(item, turns, then);
            yield return item;
        }
    }

    /// <summary>
    /// The latest item of the owner who takes most room, where that is more than a newcomer's owner takes with the newcomer: a full queue
    /// has room for the newcomer in its place. Null where nobody takes so much.
    /// </summary>
    public TItem? FindOneToDisplace(TItem newcomer)
    {
        var rivals = items;
        foreach (var owner in owners)
        {
            var weights = rivals.GroupBy(owner).ToDictionary(group => group.Key, group => group.Sum(WeightOf));
            var own = weights.GetValueOrDefault(owner(newcomer)) + WeightOf(newcomer);
            if (weights.Count > 0 && weights.MaxBy(entry => entry.Value) is { Value: var most } greediest && most > own)
            {
                return rivals.Last(item => owner(item).Equals(greediest.Key));
            }

            rivals = [.. rivals.Where(item => owner(item).Equals(owner(newcomer)))];
        }

        return null;
    }

    private TItem? Next(List<TItem> waiting, Dictionary<object, long> turns)
    {
        IEnumerable<TItem> candidates = waiting;
        foreach (var owner in owners)
        {
            var longestAgo = candidates.Select(item => turns.GetValueOrDefault(owner(item))).DefaultIfEmpty().Min();
            var first = candidates.FirstOrDefault(item => turns.GetValueOrDefault(owner(item)) == longestAgo);
            candidates = first is null ? [] : [.. candidates.Where(item => owner(item).Equals(owner(first)))];
        }

        return candidates.FirstOrDefault();
    }

    private void TakeTurn(TItem item, Dictionary<object, long> turns, long number)
    {
        foreach (var owner in owners)
        {
            turns[owner(item)] = number;
        }
    }

    private void Forget()
    {
        if (lastTurns.Count > MostOwnersRemembered)
        {
            foreach (var (owner, _) in lastTurns.OrderBy(entry => entry.Value).Take(MostOwnersRemembered / 2).ToArray())
            {
                lastTurns.Remove(owner);
            }
        }
    }
}
