namespace DiffusionX.Pipeline;

/// <summary>
/// A request for a picture can't be met as it stands, or its run gave no picture. The message names the setting or the cause.
/// </summary>
public sealed class GenerationException : DiffusionXException
{
    /// <inheritdoc/>
    public GenerationException()
    {
    }

    /// <inheritdoc/>
    public GenerationException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public GenerationException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
