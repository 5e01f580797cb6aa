namespace DiffusionX.Checkpoints;

/// <summary>
/// A file of weights is missing, damaged, or does not fit the model. The message names the file, the tensor and the rule that is broken.
/// </summary>
public sealed class CheckpointException : DiffusionXException
{
    /// <inheritdoc/>
    public CheckpointException()
    {
    }

    /// <inheritdoc/>
    public CheckpointException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public CheckpointException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
