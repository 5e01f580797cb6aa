using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>Messages to frames and back.</summary>
internal static class MessageSerializer
{
    private const byte NewestKind = 9;

    public static byte[] Serialize(Message message) => MemoryPackSerializer.Serialize(message);

    /// <summary>Reads a message; null for a kind that this version does not know.</summary>
    /// <exception cref="ProtocolException">The frame can't be read.</exception>
    public static Message? Deserialize(ReadOnlySpan<byte> frame, string peer)
    {
        if (frame.IsEmpty)
        {
            throw Malformed(peer, "It is empty.");
        }

        if (frame[0] > NewestKind)
        {
            return null;
        }

        var message = Read(frame, peer);
        return message.FindFault() is { } fault ? throw Malformed(peer, $"In {message.GetType().Name}, {fault}.") : message.Normalize();
    }

    private static Message Read(ReadOnlySpan<byte> frame, string peer)
    {
        Message? message = null;
        int consumed;
        try
        {
            consumed = MemoryPackSerializer.Deserialize(frame, ref message);
        }
        catch (Exception error)
        {
            // Whatever the bytes of a stranger lead the reader into, it is the stranger's fault.
            throw Malformed(peer, error.Message, error);
        }

        return message is not null && consumed == frame.Length
            ? message
            : throw Malformed(peer, $"It ends after {consumed:N0} of its {frame.Length:N0} bytes.");
    }

    private static ProtocolException Malformed(string peer, string why, Exception? error = null) =>
        new($"{peer} sent a message that can't be read. {why} Both ends have to speak the same protocol; update the older one.", error);
}
