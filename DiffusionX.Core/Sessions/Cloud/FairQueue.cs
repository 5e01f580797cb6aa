namespace DiffusionX.Sessions.Cloud;

/// <summary>A queue in which owners take turns: who asks for much waits behind those who ask for little. Not for several threads.</summary>
internal sealed class FairQueue<TOwner, TItem>
    where TOwner : notnull
    where TItem : class
{
    // Owners in the order of their turns; each has at least one item.
    private readonly List<(TOwner Owner, List<TItem> Items)> turns = [];

    /// <summary>How many items wait.</summary>
    public int Count { get; private set; }

    public void Enqueue(TOwner owner, TItem item)
    {
        var index = turns.FindIndex(turn => EqualityComparer<TOwner>.Default.Equals(turn.Owner, owner));
        if (index < 0)
        {
            turns.Add((owner, [item]));
        }
        else
        {
            turns[index].Items.Add(item);
        }

        Count++;
    }

    /// <summary>The oldest item of the owner whose turn it is, who then is last in turn.</summary>
    public TItem? Dequeue()
    {
        if (turns.Count == 0)
        {
            return null;
        }

        var (owner, items) = turns[0];
        var item = items[0];
        turns.RemoveAt(0);
        items.RemoveAt(0);
        if (items.Count > 0)
        {
            turns.Add((owner, items));
        }

        Count--;
        return item;
    }

    /// <summary>Takes an item out of the middle.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(TItem item)
    {
        var index = turns.FindIndex(turn => turn.Items.Remove(item));
        if (index < 0)
        {
            return false;
        }

        if (turns[index].Items.Count == 0)
        {
            turns.RemoveAt(index);
        }

        Count--;
        return true;
    }

    /// <summary>What waits, in the order in which it will be taken if nothing is added.</summary>
    public IEnumerable<TItem> InOrder()
    {
        var longest = turns.Count == 0 ? 0 : turns.Max(turn => turn.Items.Count);
        return Enumerable.Range(0, longest).SelectMany(place => turns.Where(turn => place < turn.Items.Count).Select(turn => turn.Items[place]));
    }
}
