namespace DiffusionX.Evaluation.Prompts;

/// <summary>
/// A set of prompts can't be read, written or drawn. The message names the file, the line or place in it, and what is expected there.
/// </summary>
internal sealed class PromptSetException : DiffusionXException
{
    /// <inheritdoc/>
    public PromptSetException()
    {
    }

    /// <inheritdoc/>
    public PromptSetException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public PromptSetException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
