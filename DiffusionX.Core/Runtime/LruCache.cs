namespace DiffusionX.Runtime;

/// <summary>A bounded store that forgets what was not asked for the longest. Not for several threads.</summary>
/// <param name="capacity">The most entries, at least 1.</param>
internal sealed class LruCache<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly LinkedList<(TKey Key, TValue Value)> order = new();
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> nodes = [];

    /// <summary>How many entries there are.</summary>
    public int Count => nodes.Count;

    /// <summary>Whether there is an entry; asking for that is not asking for its value.</summary>
    public bool Contains(TKey key) => nodes.ContainsKey(key);

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        order.Clear();
        nodes.Clear();
    }

    /// <summary>The value of a key, made by <paramref name="make"/> if it is not there.</summary>
    public TValue GetOrAdd(TKey key, Func<TKey, TValue> make)
    {
        if (nodes.TryGetValue(key, out var node))
        {
            order.Remove(node);
            order.AddFirst(node);
            return node.Value.Value;
        }

        var value = make(key);
        if (nodes.Count == capacity && order.Last is { } oldest)
        {
            order.RemoveLast();
            nodes.Remove(oldest.Value.Key);
        }

        nodes[key] = order.AddFirst((key, value));
        return value;
    }
}
