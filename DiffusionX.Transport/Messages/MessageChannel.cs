namespace DiffusionX.Transport.Messages;

/// <summary>
/// Messages over a connection, after a handshake. Many may send at once and one receives; a message goes out whole.
/// Pings are sent and answered here, unknown kinds of messages are skipped.
/// </summary>
public sealed class MessageChannel : IAsyncDisposable
{
    internal MessageChannel(IConnection connection, Hello hello, Welcome welcome)
    {
        Connection = connection;
        Hello = hello;
        Welcome = welcome;
    }

    /// <summary>The connection below; its byte counts are for reports.</summary>
    public IConnection Connection { get; }

    /// <summary>What the connecting end said.</summary>
    public Hello Hello { get; }

    /// <summary>What the listening end said.</summary>
    public Welcome Welcome { get; }

    /// <summary>Shakes hands as the end that connected. The channel owns the connection from here on, and disposes it when the handshake fails.</summary>
    /// <exception cref="HandshakeException">The other end refuses, or shares no version.</exception>
    /// <exception cref="ProtocolException">The other end does not speak the protocol.</exception>
    /// <exception cref="ConnectionLostException">The connection broke, or the other end is silent.</exception>
    public static Task<(MessageChannel Channel, Welcome Welcome)> ConnectAsync(
        IConnection connection, Hello hello, MessageChannelOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>
    /// Shakes hands as the end that listens. Versions and token are checked before <paramref name="answer"/> is asked. The channel owns the connection from
    /// here on, and disposes it when the handshake fails.
    /// </summary>
    /// <exception cref="HandshakeException">The other end was refused.</exception>
    /// <exception cref="ProtocolException">The other end does not speak the protocol.</exception>
    /// <exception cref="ConnectionLostException">The connection broke, or the other end is silent.</exception>
    public static Task<MessageChannel> AcceptAsync(
        IConnection connection, Func<Hello, HandshakeReply> answer, MessageChannelOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Sends a message. Cancelling gives up the waiting; a message that is already on its way goes out all the same.</summary>
    /// <exception cref="ProtocolException">The message is larger than <see cref="Welcome.MaxFrame"/>.</exception>
    /// <exception cref="ConnectionLostException">The connection is gone.</exception>
    public ValueTask SendAsync(Message message, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Waits for the next message; null when the other end closed the connection in order. A wait that is cancelled loses nothing.</summary>
    /// <exception cref="ProtocolException">The other end sent what can't be read. It was told so, and the connection is closed.</exception>
    /// <exception cref="ConnectionLostException">The connection broke, or the other end is silent.</exception>
    public ValueTask<Message?> ReceiveAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Closes the connection in order.</summary>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}
