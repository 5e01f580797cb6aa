namespace DiffusionX.Transport;

/// <summary>
/// What one end sent is not what both ends agreed on: a frame that is too large, a message that can't be read. Trying again does not help.
/// </summary>
public sealed class ProtocolException : TransportException
{
    /// <inheritdoc/>
    public ProtocolException()
    {
    }

    /// <inheritdoc/>
    public ProtocolException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public ProtocolException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
