namespace DiffusionX.Hosting.Sessions;

/// <summary>The host keeps as many sessions as its options allow, or a session has as many rounds.</summary>
public sealed class SessionLimitException : DiffusionXException
{
    /// <summary>Makes an exception without a message of its own.</summary>
    public SessionLimitException()
    {
    }

    /// <summary>Makes an exception with a message for the person who reads it.</summary>
    public SessionLimitException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a message and the error that led to it.</summary>
    public SessionLimitException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
