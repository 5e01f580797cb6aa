#pragma warning disable IDE0130 // The root of every error of both packages stands above their own namespaces.
namespace DiffusionX;
#pragma warning restore IDE0130

/// <summary>
/// The root of every exception that DiffusionX throws on its own account. The message says what was wrong, where, and what to do about it.
/// </summary>
/// <remarks>
/// Mistakes in calling the library (a null argument, an object used after it was disposed) throw the framework's own
/// <see cref="ArgumentException"/> and <see cref="ObjectDisposedException"/>, and a cancelled call throws <see
/// cref="OperationCanceledException"/>.
/// </remarks>
public class DiffusionXException : Exception
{
    /// <summary>Makes an exception without a message of its own.</summary>
    public DiffusionXException()
    {
    }

    /// <summary>Makes an exception with a message for the person who reads it.</summary>
    public DiffusionXException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a message and the error that led to it.</summary>
    public DiffusionXException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
