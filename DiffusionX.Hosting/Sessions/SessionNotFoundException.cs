namespace DiffusionX.Hosting.Sessions;

/// <summary>The host has no session of that name, or no longer.</summary>
public sealed class SessionNotFoundException : DiffusionXException
{
    /// <summary>Makes an exception without a message of its own.</summary>
    public SessionNotFoundException()
    {
    }

    /// <summary>Makes an exception with a message for the person who reads it.</summary>
    public SessionNotFoundException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a message and the error that led to it.</summary>
    public SessionNotFoundException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
