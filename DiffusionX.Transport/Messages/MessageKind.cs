using Google.Protobuf;

namespace DiffusionX.Transport.Messages;

/// <summary>A kind of message, as the envelope tells it.</summary>
/// <param name="number">Its field number in the envelope.</param>
/// <param name="name">Its name, for people.</param>
/// <param name="maxBytes">The most bytes that it takes, looked at before any of them is.</param>
/// <param name="read">Reads it.</param>
internal sealed class MessageKind(int number, string name, int maxBytes, MessageKind.Reader read)
{
    public delegate Message Reader(ReadOnlySpan<byte> bytes);

    public int Number => number;

    public string Name => name;

    public int MaxBytes => maxBytes;

    public static MessageKind Of<TWire, TMessage>(int number, int maxBytes, MessageParser<TWire> parser, Func<TWire, TMessage> map)
        where TWire : IMessage<TWire>
        where TMessage : Message
    {
        var tolerant = parser.WithDiscardUnknownFields(true);
        return new MessageKind(number, typeof(TMessage).Name, maxBytes, bytes => map(tolerant.ParseFrom(bytes)));
    }

    /// <summary>Reads a message of this kind; null where the bytes are none. What the library says about them is its own matter.</summary>
    public Message? TryRead(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return read(bytes);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return null;
        }
    }
}
