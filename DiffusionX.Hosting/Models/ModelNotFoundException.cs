namespace DiffusionX.Hosting.Models;

/// <summary>The host has no model of that name.</summary>
public sealed class ModelNotFoundException : DiffusionXException
{
    /// <summary>Makes an exception without a message of its own.</summary>
    public ModelNotFoundException()
    {
    }

    /// <summary>Makes an exception with a message for the person who reads it.</summary>
    public ModelNotFoundException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a message and the error that led to it.</summary>
    public ModelNotFoundException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
