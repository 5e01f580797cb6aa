using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Cloud;

/// <summary>A request that was taken on. The desk changes it, under the desk's lock.</summary>
internal sealed class RefinementJob(RequestKey key, Refine request, string vaeFingerprint, long arrived) : IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private ITimer? deadline;
    private ITimer? grace;

    public RequestKey Key => key;

    public Refine Request => request;

    /// <summary>The VAE that the draft is of, as its client says.</summary>
    public string VaeFingerprint => vaeFingerprint;

    /// <summary>When it arrived, by the desk's clock.</summary>
    public long Arrived => arrived;

    /// <summary>Who waits for it; null while nobody does.</summary>
    public ClientConnection? Client { get; private set; }

    /// <summary>The place in the queue that its client was told last.</summary>
    public int? PlaceTold { get; set; }

    public StopReason StopReason { get; private set; }

    /// <summary>Cancelled when it is to stop.</summary>
    public CancellationToken Stopping => stopping.Token;

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

    public void StopAt(ITimer timer) => deadline = timer;

    /// <summary>Stops it, unless it was stopped before.</summary>
    /// <returns>Whether it was not.</returns>
    public bool Stop(StopReason reason)
    {
        if (StopReason != StopReason.None)
        {
            return false;
        }

        StopReason = reason;
        _ = stopping.CancelAsync();
        return true;
    }

    public void Dispose()
    {
        deadline?.Dispose();
        grace?.Dispose();
        stopping.Dispose();
    }
}
