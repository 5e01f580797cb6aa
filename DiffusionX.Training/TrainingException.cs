namespace DiffusionX.Training;

/// <summary>Training can't go on. The message says why, and from where it can be taken up again.</summary>
internal sealed class TrainingException : DiffusionXException
{
    /// <inheritdoc/>
    public TrainingException()
    {
    }

    /// <inheritdoc/>
    public TrainingException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public TrainingException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
