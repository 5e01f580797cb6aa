namespace DiffusionX.Sessions;

/// <summary>
/// A session can't do what it was asked for, or its file can't be read or written. The message names the setting, the round or the file.
/// </summary>
public sealed class SessionException : DiffusionXException
{
    /// <inheritdoc/>
    public SessionException()
    {
    }

    /// <inheritdoc/>
    public SessionException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public SessionException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
