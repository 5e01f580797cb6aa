namespace DiffusionX.Transport;

/// <summary>
/// No connection came about: nobody listens, nobody answers in time, or TLS refuses the other end. Trying again later may help.
/// </summary>
public sealed class ConnectionFailedException : TransportException
{
    /// <inheritdoc/>
    public ConnectionFailedException()
    {
    }

    /// <inheritdoc/>
    public ConnectionFailedException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public ConnectionFailedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
