namespace DiffusionX.Transport;

/// <summary>
/// Carries whole frames both ways, in order. One sender and one receiver at a time; the two don't disturb each other.
/// Disposing it closes it in order, and the other end receives null after what was sent before.
/// </summary>
public interface IConnection : IAsyncDisposable
{
    /// <summary>Who is at the other end, for messages to people.</summary>
    string Peer { get; }

    /// <summary>The largest frame that this end sends or takes, in bytes. It can be lowered for peers that are not known yet.</summary>
    int MaxFrameBytes { get; set; }

    /// <summary>Bytes that left this end, length prefixes included. It grows while a large frame is on its way.</summary>
    long BytesSent { get; }

    /// <summary>Bytes that arrived at this end, length prefixes included. It grows while a large frame is on its way.</summary>
    long BytesReceived { get; }

    /// <summary>
    /// Sends one frame, and waits while the other end or the line is busy. A send that is cancelled half way ends the connection.
    /// </summary>
    /// <exception cref="ProtocolException">The frame is empty or larger than <see cref="MaxFrameBytes"/>.</exception>
    /// <exception cref="ConnectionLostException">The connection is gone.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken = default);

    /// <summary>
    /// Waits for the next frame; null when the other end closed the connection in order. A wait that is cancelled loses nothing.
    /// </summary>
    /// <exception cref="ProtocolException">
    /// The other end sent what isn't a frame, or a larger one than <see cref="MaxFrameBytes"/>.
    /// </exception>
    /// <exception cref="ConnectionLostException">The connection broke before it was closed.</exception>
    ValueTask<byte[]?> ReceiveAsync(CancellationToken cancellationToken = default);

    /// <summary>Ends the connection at once: the other end sees it as lost.</summary>
    void Abort();
}
