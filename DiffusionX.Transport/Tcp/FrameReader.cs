using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace DiffusionX.Transport.Tcp;

/// <summary>
/// Takes frames out of a stream of bytes. The pipe's buffer grows as bytes arrive, so a length that is announced and never sent costs
/// nothing, and a read that is cancelled loses nothing. Of a large frame no more is read than a little, until there is room for it among
/// the frames of all connections.
/// </summary>
/// <param name="pipe">The bytes.</param>
/// <param name="peer">Who sends them, for people.</param>
/// <param name="budget">The room for frames of all connections; null for one that has all the room it wants.</param>
/// <param name="evict">Ends the connection: its frame takes too long, and others wait for its room.</param>
internal sealed class FrameReader(PipeReader pipe, string peer, FrameBudget? budget = null, Action? evict = null) : IDisposable
{
    /// <summary>
    /// So much of a frame every connection may keep: drafts as latents are smaller, and never wait for large frames of others.
    /// </summary>
    public const int OwnBytes = 256 * 1024;

    private readonly Lock sync = new();
    private FrameBudget.Share? share;
    private bool disposed;
    private long bytesConsumed;
    private long bytesReceived;

    /// <summary>The largest frame. What it is when a frame is taken counts.</summary>
    public int MaxFrameBytes { get; set; } = FrameSize.DefaultMaxBytes;

    public long BytesReceived => Volatile.Read(ref bytesReceived);

    /// <summary>The next frame; null when the other end has closed the connection in order.</summary>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref bytesReceived, bytesConsumed + read.Buffer.Length);
            var buffered = read.Buffer.Length;
            if (TryTake(read.Buffer, out var length, out var frame))
            {
                Hold(null);
                return frame.Length == 0 ? null : frame;
            }

            if (read.IsCompleted)
            {
                throw Truncated(buffered);
            }

            if (share is null && length > OwnBytes && buffered > OwnBytes && budget is not null)
            {
                Hold(await budget.TakeAsync(length, evict, cancellationToken).ConfigureAwait(false));
            }
        }
    }

    /// <summary>Gives back the room of a frame that will not be taken any more.</summary>
    public void Dispose()
    {
        disposed = true;
        Hold(null);
    }

    private static bool TryReadLength(ReadOnlySequence<byte> buffer, out uint length)
    {
        Span<byte> prefix = stackalloc byte[FrameSize.PrefixBytes];
        if (buffer.Length < prefix.Length)
        {
            length = 0;
            return false;
        }

        buffer.Slice(0, prefix.Length).CopyTo(prefix);
        length = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        return true;
    }

    private bool TryTake(ReadOnlySequence<byte> buffer, out int length, out byte[] frame)
    {
        frame = [];
        if (!TryReadLength(buffer, out var announced))
        {
            length = 0;
            pipe.AdvanceTo(buffer.Start, buffer.End);
            return false;
        }

        if (announced > MaxFrameBytes)
        {
            pipe.AdvanceTo(buffer.Start);
            FrameSize.ThrowIfTooLarge(announced, MaxFrameBytes, peer);
        }

        length = (int)announced;
        if (buffer.Length < FrameSize.PrefixBytes + length)
        {
            pipe.AdvanceTo(buffer.Start, buffer.End);
            return false;
        }

        var body = buffer.Slice(FrameSize.PrefixBytes, length);
        frame = body.ToArray();
        bytesConsumed += FrameSize.PrefixBytes + length;
        pipe.AdvanceTo(body.End);
        return true;
    }

    // A connection may be closed while it waits for its share, which then goes back at once.
    private void Hold(FrameBudget.Share? next)
    {
        lock (sync)
        {
            share?.Dispose();
            share = next;
            if (disposed)
            {
                share?.Dispose();
            }
        }
    }

    private ConnectionLostException Truncated(long bytesLeft) => new(bytesLeft == 0
        ? $"The connection to {peer} ended without being closed: the other end or the network broke off. Connect again."
        : $"The connection to {peer} ended in the middle of a frame, {bytesLeft:N0} bytes into it: the other end or the network broke off. "
            + "Connect again.");
}
