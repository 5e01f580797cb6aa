using NATS.Client.Core;
using NATS.Client.JetStream;

namespace DiffusionX.Transport.Nats;

/// <summary>
/// A worker's hold on a request that it was given: it says that it is at it, with each step and three times in the wait after which NATS
/// gives the request to another worker. Where no step has ended for long it stops saying so: the worker hangs.
/// </summary>
internal sealed class DeliveryHold : IDisposable
{
    private const int TimesInWait = 3;

    // The first step and the picture of the last one included, on the slowest machine.
    private static readonly TimeSpan LongestStep = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(200);

    private readonly INatsJSMsg<byte[]> message;
    private readonly Timer timer;
    private long lastStep = Environment.TickCount64;
    private long lastSaid = Environment.TickCount64;

    public DeliveryHold(INatsJSMsg<byte[]> message, TimeSpan ackWait)
    {
        this.message = message;
        timer = new Timer(_ => SayUnlessStuck(), null, ackWait / TimesInWait, ackWait / TimesInWait);
    }

    /// <summary>A step has ended.</summary>
    public void Step()
    {
        Volatile.Write(ref lastStep, Environment.TickCount64);
        if (Environment.TickCount64 - Volatile.Read(ref lastSaid) >= LeastPause.TotalMilliseconds)
        {
            Say();
        }
    }

    /// <summary>The request has its outcome, and leaves the queue.</summary>
    public ValueTask ReleaseAsync(CancellationToken cancellationToken) => message.AckAsync(cancellationToken: cancellationToken);

    /// <summary>The request goes to another worker at once.</summary>
    public ValueTask ReturnAsync() => message.NakAsync();

    public void Dispose() => timer.Dispose();

    private void SayUnlessStuck()
    {
        if (Environment.TickCount64 - Volatile.Read(ref lastStep) < LongestStep.TotalMilliseconds)
        {
            Say();
        }
    }

    private void Say()
    {
        Volatile.Write(ref lastSaid, Environment.TickCount64);
        _ = SayAsync();
    }

    private async Task SayAsync()
    {
        try
        {
            await message.AckProgressAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is NatsException or OperationCanceledException or ObjectDisposedException)
        {
            // Without a word the request goes to another worker, as it should where NATS can't be reached for so long.
        }
    }
}
