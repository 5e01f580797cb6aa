namespace DiffusionX.Transport;

/// <summary>
/// Sizes of frames on the wire: a length in 4 bytes, least significant first, and that many bytes. A length of 0 closes the connection.
/// </summary>
internal static class FrameSize
{
    /// <summary>Bytes of the length before each frame.</summary>
    public const int PrefixBytes = sizeof(uint);

    /// <summary>The largest frame, unless another bound is set: 32 MiB.</summary>
    public const int DefaultMaxBytes = 32 * 1024 * 1024;

    internal static void ThrowIfNotSendable(int bytes, IConnection connection)
    {
        if (bytes == 0)
        {
            throw new ProtocolException(
                $"An empty frame was to be sent to {connection.Peer}; on the wire it would mean the end of the connection.");
        }

        if (bytes > connection.MaxFrameBytes)
        {
            throw new ProtocolException(
                $"A frame of {bytes:N0} bytes was to be sent to {connection.Peer}; this connection carries up to "
                + $"{connection.MaxFrameBytes:N0}. Send less at once.");
        }
    }

    internal static void ThrowIfTooLarge(long bytes, int maxBytes, string peer)
    {
        if (bytes > maxBytes)
        {
            throw new ProtocolException(
                $"{peer} announced a frame of {bytes:N0} bytes; up to {maxBytes:N0} are taken here. It sends too much at once or "
                + "does not speak this protocol.");
        }
    }
}
