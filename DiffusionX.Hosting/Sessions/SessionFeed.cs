using System.Threading.Channels;

namespace DiffusionX.Hosting.Sessions;

/// <summary>
/// Tells all who watch a session what happens in it, and those who come later where it is. One who does not keep up is let go, and comes
/// again.
/// </summary>
internal sealed class SessionFeed
{
    private const int MostUnread = 512;

    private readonly Lock sync = new();
    private readonly List<Channel<SessionUpdate>> watchers = [];
    private SessionUpdate? running;

    /// <summary>The last that was told of what is being drawn, with its last preview; null while nothing is.</summary>
    public SessionUpdate? Running
    {
        get
        {
            lock (sync)
            {
                return running;
            }
        }
    }

    public void Publish(SessionUpdate update)
    {
        lock (sync)
        {
            running = update.Kind switch
            {
                SessionUpdateKind.Started => update,
                SessionUpdateKind.Progressed => update with { Preview = update.Preview ?? running?.Preview },
                SessionUpdateKind.Changed => running,
                _ => null,
            };
            watchers.RemoveAll(watcher => !watcher.Writer.TryWrite(update) && watcher.Writer.TryComplete());
            if (update.Kind == SessionUpdateKind.Deleted)
            {
                watchers.ForEach(watcher => watcher.Writer.TryComplete());
                watchers.Clear();
            }
        }
    }

    /// <summary>Begins to watch.</summary>
    public SessionWatch Watch()
    {
        var channel = Channel.CreateBounded<SessionUpdate>(new BoundedChannelOptions(MostUnread) { SingleReader = true });
        lock (sync)
        {
            watchers.Add(channel);
        }

        return new SessionWatch(channel.Reader, () =>
        {
            lock (sync)
            {
                watchers.Remove(channel);
            }
        });
    }
}

/// <summary>What one watcher is told; disposing it ends the watching.</summary>
internal sealed class SessionWatch(ChannelReader<SessionUpdate> updates, Action end) : IDisposable
{
    public ChannelReader<SessionUpdate> Updates => updates;

    public void Dispose() => end();
}
