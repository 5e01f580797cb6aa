namespace DiffusionX.Transport;

/// <summary>
/// Two ends could not meet or go on talking, or a setting of the link is wrong. The message says which end, why, and what to do.
/// </summary>
public class TransportException : DiffusionXException
{
    /// <inheritdoc/>
    public TransportException()
    {
    }

    /// <inheritdoc/>
    public TransportException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public TransportException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
