namespace DiffusionX.Transport;

/// <summary>
/// A connection broke: the other end vanished, fell silent, or does not take what is sent to it. A new connection may help.
/// </summary>
public sealed class ConnectionLostException : TransportException
{
    /// <inheritdoc/>
    public ConnectionLostException()
    {
    }

    /// <inheritdoc/>
    public ConnectionLostException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public ConnectionLostException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
