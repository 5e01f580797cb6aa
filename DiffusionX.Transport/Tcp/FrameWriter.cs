using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace DiffusionX.Transport.Tcp;

/// <summary>
/// Writes frames into a stream of bytes, a slice at a time: a large frame needs no second buffer, and its progress can be seen.
/// </summary>
internal sealed class FrameWriter(PipeWriter pipe)
{
    private const int SliceBytes = 64 * 1024;

    private long bytesSent;

    public long BytesSent => Volatile.Read(ref bytesSent);

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        WriteLength(frame.Length);
        var unflushed = FrameSize.PrefixBytes;
        while (!frame.IsEmpty)
        {
            var slice = frame[..Math.Min(SliceBytes, frame.Length)];
            pipe.Write(slice.Span);
            await FlushAsync(unflushed + slice.Length, cancellationToken).ConfigureAwait(false);
            unflushed = 0;
            frame = frame[slice.Length..];
        }
    }

    public async ValueTask WriteCloseAsync(CancellationToken cancellationToken)
    {
        WriteLength(0);
        await FlushAsync(FrameSize.PrefixBytes, cancellationToken).ConfigureAwait(false);
    }

    private void WriteLength(int length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(pipe.GetSpan(FrameSize.PrefixBytes), (uint)length);
        pipe.Advance(FrameSize.PrefixBytes);
    }

    private async ValueTask FlushAsync(int bytes, CancellationToken cancellationToken)
    {
        await pipe.FlushAsync(cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref bytesSent, bytes);
    }
}
