namespace DiffusionX.Pipeline.Conditioning;

/// <summary>A prompt can't be read. The message says where, and what to write instead.</summary>
public sealed class PromptException : DiffusionXException
{
    /// <inheritdoc/>
    public PromptException()
    {
    }

    /// <inheritdoc/>
    public PromptException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public PromptException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
