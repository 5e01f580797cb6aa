namespace DiffusionX.Evaluation;

/// <summary>A measure can't be taken of what was given. The message says what is wrong with it.</summary>
internal sealed class EvaluationException : DiffusionXException
{
    /// <inheritdoc/>
    public EvaluationException()
    {
    }

    /// <inheritdoc/>
    public EvaluationException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public EvaluationException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
