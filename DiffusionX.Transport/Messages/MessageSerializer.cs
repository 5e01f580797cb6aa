using Google.Protobuf;

namespace DiffusionX.Transport.Messages;

/// <summary>
/// Messages to frames and back. A frame is one envelope (envelope.proto): the number of its kind, its length, and the message.
/// </summary>
internal static class MessageSerializer
{
    private static readonly MessageKind[] Kinds =
    [
        MessageKind.Of(Wire.Envelope.HelloFieldNumber, MessageBounds.HandshakeBytes, Wire.Hello.Parser, MessageMapping.FromWire),
        MessageKind.Of(Wire.Envelope.WelcomeFieldNumber, MessageBounds.HandshakeBytes, Wire.Welcome.Parser, MessageMapping.FromWire),
        MessageKind.Of(Wire.Envelope.RefineFieldNumber, int.MaxValue, Wire.Refine.Parser, MessageMapping.FromWire),
        MessageKind.Of(Wire.Envelope.AcceptedFieldNumber, MessageBounds.NoticeBytes, Wire.Accepted.Parser, MessageMapping.FromWire),
        MessageKind.Of(
            Wire.Envelope.ProgressFieldNumber,
            MessageBounds.PreviewBytes + MessageBounds.NoticeBytes,
            Wire.Progress.Parser,
            MessageMapping.FromWire),
        MessageKind.Of(Wire.Envelope.ResultFieldNumber, int.MaxValue, Wire.Result.Parser, MessageMapping.FromWire),
        MessageKind.Of(Wire.Envelope.ErrorFieldNumber, MessageBounds.NoticeBytes, Wire.Error.Parser, MessageMapping.FromWire),
        MessageKind.Of(Wire.Envelope.CancelFieldNumber, MessageBounds.NoticeBytes, Wire.Cancel.Parser, MessageMapping.FromWire),
        MessageKind.Of(Wire.Envelope.PingFieldNumber, MessageBounds.NoticeBytes, Wire.Ping.Parser, MessageMapping.FromWire),
        MessageKind.Of(Wire.Envelope.PongFieldNumber, MessageBounds.NoticeBytes, Wire.Pong.Parser, MessageMapping.FromWire),
    ];

    /// <exception cref="ProtocolException">The message makes no sense, and the other end would not take it.</exception>
    public static byte[] Serialize(Message message) => MessageChecks.FindFault(message) is { } fault
        ? throw new ProtocolException($"{message.GetType().Name} was to be sent, but {fault}.")
        : MessageMapping.ToWire(message).ToByteArray();

    /// <summary>
    /// Reads a message; null for a kind that this version does not know. It takes no more memory than a few times the frame's.
    /// </summary>
    /// <exception cref="ProtocolException">
    /// The frame can't be read. The text says why, in words of ours and with nothing that was in the frame.
    /// </exception>
    public static Message? Deserialize(ReadOnlySpan<byte> frame, string peer)
    {
        if (!EnvelopeHeader.TryRead(frame, out var header))
        {
            throw Malformed(peer, "It is no envelope with one message.");
        }

        if (Kinds.FirstOrDefault(known => known.Number == header.Kind) is not { } kind)
        {
            return null;
        }

        if (header.MessageBytes > kind.MaxBytes)
        {
            throw Malformed(peer, $"{kind.Name} has {header.MessageBytes:N0} bytes, and never takes more than {kind.MaxBytes:N0}.");
        }

        var message = kind.TryRead(frame[^header.MessageBytes..]) ?? throw Malformed(peer, $"It is no {kind.Name} though it says so.");
        return MessageChecks.FindFault(message) is { } fault ? throw Malformed(peer, $"In {kind.Name}, {fault}.") : message;
    }

    private static ProtocolException Malformed(string peer, string why) =>
        new($"{peer} sent a message that can't be read. {why} Both ends have to speak the same protocol; update the older one.");
}
