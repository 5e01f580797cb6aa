using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Cloud;

/// <summary>A request that was taken on. The dispatcher changes it, under its lock.</summary>
internal sealed class RefinementJob : IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private ITimer? deadline;
    private ITimer? grace;
    private bool ended;

    public RefinementJob(RequestKey key, object origin, Hello hello, Refine request, long arrived)
    {
        Origin = origin;
        Key = key;
        Hello = hello;
        Request = request;
        Arrived = arrived;
        Stopping = stopping.Token;
    }

    public RequestKey Key { get; }

    /// <summary>Whom its client shares its turns with.</summary>
    public object Origin { get; }

    /// <summary>What its client said in its handshake.</summary>
    public Hello Hello { get; }

    public Refine Request { get; }

    /// <summary>When it arrived, by the dispatcher's clock.</summary>
    public long Arrived { get; }

    /// <summary>Since when its session stands in line, by the same clock: before it arrived where it was refused at first.</summary>
    public long InLineSince { get; init; }

    /// <summary>As how many usual requests it counts where room is scarce.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>When it began to be computed, by the same clock.</summary>
    public long Began { get; set; }

    /// <summary>How far it is; null before its first step is done.</summary>
    public Progress? Progress { get; set; }

    /// <summary>Who waits for it; null while nobody does.</summary>
    public ClientConnection? Client { get; private set; }

    /// <summary>How many requests come before it where it is computed; 0 from the moment its turn has come.</summary>
    public int Place { get; set; }

    /// <summary>The place in the queue that its client was told last.</summary>
    public int? PlaceTold { get; set; }

    public StopReason StopReason { get; private set; }

    /// <summary>Cancelled when it is to stop.</summary>
    public CancellationToken Stopping { get; }

    public void Attach(ClientConnection client)
    {
        Client = client;
        PlaceTold = null;
        grace?.Dispose();
    }

    public void Detach(ITimer? until)
    {
        Client = null;
        grace?.Dispose();
        grace = until;
    }

    /// <summary>How long after its arrival its time is up.</summary>
    public TimeSpan Deadline { get; private set; }

    public void StopAt(TimeSpan afterArrival, ITimer timer)
    {
        Deadline = afterArrival;
        deadline = timer;
    }

    /// <summary>Stops it, unless it was stopped before or has ended: a timer may come a little late.</summary>
    /// <returns>Whether it was stopped now.</returns>
    public bool Stop(StopReason reason)
    {
        if (ended || StopReason != StopReason.None)
        {
            return false;
        }

        StopReason = reason;
        _ = stopping.CancelAsync();
        return true;
    }

    public void Dispose()
    {
        ended = true;
        deadline?.Dispose();
        grace?.Dispose();
        stopping.Dispose();
    }
}
