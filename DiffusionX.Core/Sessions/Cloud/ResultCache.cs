using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Cloud;

/// <summary>
/// The latest results, for clients that lost their connection before the result reached them: bounded in number, bytes and time. Not for
/// several threads.
/// </summary>
internal sealed class ResultCache(CloudRefinerOptions options)
{
    private readonly LinkedList<Entry> byAge = new();
    private readonly Dictionary<RequestKey, LinkedListNode<Entry>> byKey = [];
    private long bytes;

    public int Count => byKey.Count;

    public void Add(RequestKey key, Result result)
    {
        Remove(key);
        byKey[key] = byAge.AddLast(new Entry(key, result, options.TimeProvider.GetTimestamp()));
        bytes += SizeOf(result);
        Forget();
    }

    public Result? Find(RequestKey key)
    {
        Forget();
        return byKey.GetValueOrDefault(key)?.Value.Result;
    }

    /// <summary>Lets go of what is too old or too much.</summary>
    public void Forget()
    {
        while (byAge.First is { } oldest && (IsTooMuch() || options.TimeProvider.GetElapsedTime(oldest.Value.Since) >= options.KeepResults))
        {
            Remove(oldest.Value.Key);
        }
    }

    private static long SizeOf(Result result) => result.Picture.LongLength;

    private bool IsTooMuch() => byKey.Count > options.MaxKeptResults || bytes > options.MaxKeptBytes;

    private void Remove(RequestKey key)
    {
        if (byKey.Remove(key, out var node))
        {
            byAge.Remove(node);
            bytes -= SizeOf(node.Value.Result);
        }
    }

    private sealed record Entry(RequestKey Key, Result Result, long Since);
}
