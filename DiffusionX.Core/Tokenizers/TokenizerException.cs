namespace DiffusionX.Tokenizers;

/// <summary>
/// A tokenizer's files are missing, unreadable or contradict each other. The message names the file and what was expected in it.
/// </summary>
public sealed class TokenizerException : DiffusionXException
{
    /// <inheritdoc/>
    public TokenizerException()
    {
    }

    /// <inheritdoc/>
    public TokenizerException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public TokenizerException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
