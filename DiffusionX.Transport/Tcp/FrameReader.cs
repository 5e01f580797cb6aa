using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace DiffusionX.Transport.Tcp;

/// <summary>
/// Takes frames out of a stream of bytes. The pipe's buffer grows as bytes arrive, so a length that is announced and never sent costs nothing, and a read that
/// is cancelled loses nothing.
/// </summary>
internal sealed class FrameReader(PipeReader pipe, string peer)
{
    private long bytesConsumed;
    private long bytesReceived;

    public long BytesReceived => Volatile.Read(ref bytesReceived);

    /// <summary>The next frame; null for a farewell.</summary>
    public async ValueTask<byte[]?> ReadAsync(int maxBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref bytesReceived, bytesConsumed + read.Buffer.Length);
            if (TryTake(read.Buffer, maxBytes, out var frame))
            {
                return frame.Length == 0 ? null : frame;
            }

            if (read.IsCompleted)
            {
                throw Truncated(read.Buffer.Length);
            }
        }
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

    private bool TryTake(ReadOnlySequence<byte> buffer, int maxBytes, out byte[] frame)
    {
        frame = [];
        if (!TryReadLength(buffer, out var length))
        {
            pipe.AdvanceTo(buffer.Start, buffer.End);
            return false;
        }

        if (length > maxBytes)
        {
            pipe.AdvanceTo(buffer.Start);
            FrameSize.ThrowIfTooLarge(length, maxBytes, peer);
        }

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

    private ConnectionLostException Truncated(long bytesLeft) => new(bytesLeft == 0
        ? $"The connection to {peer} ended without a farewell: the other end or the network broke off. Connect again."
        : $"The connection to {peer} ended in the middle of a frame, {bytesLeft:N0} bytes into it: the other end or the network broke off. Connect again.");
}
