using System.Threading.Channels;

namespace DiffusionX.Transport.Throttling;

/// <summary>One direction of one connection: frames leave at the pace of the link, and come out when they have arrived.</summary>
internal sealed class FrameQueue(LinkDirection direction, LinkClock clock, LinkLoss loss, string peer) : IDisposable
{
    private const int SliceBytes = 64 * 1024;
    private const int MostSlicesInFlight = 512;

    private readonly Channel<(byte[] Frame, TimeSpan Arrival)> inFlight = Channel.CreateUnbounded<(byte[], TimeSpan)>();
    private readonly SemaphoreSlim room = new(MostSlicesInFlight);
    private long bytes;

    /// <summary>Bytes that have left, prefixes included.</summary>
    public long Bytes => Volatile.Read(ref bytes);

    /// <summary>When all that is in it will have arrived.</summary>
    public TimeSpan LastArrival => direction.LastArrival;

    /// <summary>Puts a frame in, and waits until its last byte has nearly left.</summary>
    public async ValueTask EnqueueAsync(byte[] frame, CancellationToken cancellationToken)
    {
        var size = FrameSize.PrefixBytes + frame.Length;
        await TakeRoomAsync(size, cancellationToken).ConfigureAwait(false);
        var transit = direction.Reserve(clock.Now, size);
        for (var left = 0; left < size;)
        {
            var slice = Math.Min(SliceBytes, size - left);
            left += slice;
            await clock.WaitUntilNearlyAsync(transit.Start + direction.TransferTime(left), cancellationToken).ConfigureAwait(false);
            loss.Carry(slice, peer);
            Interlocked.Add(ref bytes, slice);
        }

        await inFlight.Writer.WriteAsync((frame, transit.Arrival), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the next frame has arrived; null when there are no more. A wait that is cancelled loses nothing.</summary>
    public async ValueTask<byte[]?> DequeueAsync(CancellationToken cancellationToken)
    {
        while (await inFlight.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (inFlight.Reader.TryPeek(out var next))
            {
                await clock.WaitUntilAsync(next.Arrival, cancellationToken).ConfigureAwait(false);
                inFlight.Reader.TryRead(out _);
                room.Release(SlicesOf(FrameSize.PrefixBytes + next.Frame.Length));
                return next.Frame;
            }
        }

        return null;
    }

    /// <summary>Nothing more comes in. What is in flight still arrives, then the reason.</summary>
    public void Close(Exception? reason = null) => inFlight.Writer.TryComplete(reason);

    public void Dispose() => room.Dispose();

    private static int SlicesOf(int size) => Math.Min(MostSlicesInFlight, 1 + (size / SliceBytes));

    /// <summary>A link holds so much and no more: a receiver that does not listen holds the sender up.</summary>
    private async ValueTask TakeRoomAsync(int size, CancellationToken cancellationToken)
    {
        for (var slices = SlicesOf(size); slices > 0; slices--)
        {
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
