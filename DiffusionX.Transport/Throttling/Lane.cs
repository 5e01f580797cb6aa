using System.Threading.Channels;

namespace DiffusionX.Transport.Throttling;

/// <summary>One direction of one connection: frames leave at the pace of the line, and come out at its end when they have arrived.</summary>
internal sealed class Lane(Line line, LinkClock clock, LinkLoss loss, string peer)
{
    private const int SliceBytes = 64 * 1024;
    private const int MostInFlight = 1024;

    private readonly Channel<(byte[] Frame, TimeSpan Arrival)> inFlight = Channel.CreateBounded<(byte[], TimeSpan)>(MostInFlight);
    private long bytes;

    /// <summary>Bytes that have left, prefixes included.</summary>
    public long Bytes => Volatile.Read(ref bytes);

    /// <summary>Puts a frame on the line, and waits until its last byte has nearly left.</summary>
    public async ValueTask EnterAsync(byte[] frame, CancellationToken cancellationToken)
    {
        var size = FrameSize.PrefixBytes + frame.Length;
        var passage = line.Reserve(clock.Now, size);
        for (var left = 0; left < size;)
        {
            var slice = Math.Min(SliceBytes, size - left);
            left += slice;
            await clock.WaitUntilNearlyAsync(passage.Start + line.TransferTime(left), cancellationToken).ConfigureAwait(false);
            loss.Carry(slice, peer);
            Interlocked.Add(ref bytes, slice);
        }

        await inFlight.Writer.WriteAsync((frame, passage.Arrival), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until the next frame has arrived; null when there are no more. A wait that is cancelled loses nothing.</summary>
    public async ValueTask<byte[]?> LeaveAsync(CancellationToken cancellationToken)
    {
        while (await inFlight.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (inFlight.Reader.TryPeek(out var next))
            {
                await clock.WaitUntilAsync(next.Arrival, cancellationToken).ConfigureAwait(false);
                inFlight.Reader.TryRead(out _);
                return next.Frame;
            }
        }

        return null;
    }

    /// <summary>Nothing more enters. What is in flight still arrives, then the reason.</summary>
    public void Close(Exception? reason = null) => inFlight.Writer.TryComplete(reason);
}
