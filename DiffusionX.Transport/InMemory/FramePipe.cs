using System.Threading.Channels;

namespace DiffusionX.Transport.InMemory;

/// <summary>
/// One direction of a connection in memory: frames on their way, bounded in number and in bytes. A frame larger than the bound passes when
/// nothing else is on its way.
/// </summary>
internal sealed class FramePipe(InMemoryTransportOptions options)
{
    private readonly Channel<byte[]> frames = Channel.CreateBounded<byte[]>(options.Capacity);
    private readonly Lock sync = new();
    private TaskCompletionSource? room;
    private long bytes;
    private bool isComplete;

    /// <summary>Puts a frame in, when there is room.</summary>
    /// <exception cref="ChannelClosedException">The connection has ended.</exception>
    public async ValueTask WriteAsync(byte[] frame, CancellationToken cancellationToken)
    {
        while (WaitForRoom(frame.Length) is { } waiting)
        {
            await waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await frames.Writer.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            GiveBack(frame.Length);
            throw;
        }
    }

    /// <summary>Waits until there is a frame; false when none will come.</summary>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => frames.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Takes a frame out, if there is one.</summary>
    public bool TryRead([System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out byte[] frame)
    {
        var isRead = frames.Reader.TryRead(out frame);
        if (isRead)
        {
            GiveBack(frame!.Length);
        }

        return isRead;
    }

    /// <summary>Takes no more; what is in it may still be read.</summary>
    public void Complete(ConnectionLostException? reason)
    {
        lock (sync)
        {
            isComplete = true;
            frames.Writer.TryComplete(reason);
            WakeWriters();
        }
    }

    private Task? WaitForRoom(int frameBytes)
    {
        lock (sync)
        {
            if (!isComplete && bytes > 0 && bytes + frameBytes > options.CapacityBytes)
            {
                room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return room.Task;
            }

            bytes += frameBytes;
            return null;
        }
    }

    private void GiveBack(int frameBytes)
    {
        lock (sync)
        {
            bytes -= frameBytes;
            WakeWriters();
        }
    }

    private void WakeWriters()
    {
        room?.SetResult();
        room = null;
    }
}
