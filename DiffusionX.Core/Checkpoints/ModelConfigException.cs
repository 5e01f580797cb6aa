namespace DiffusionX.Checkpoints;

/// <summary>
/// A model's config.json asks for something that can't be built. The message names the file, the setting and what is supported.
/// </summary>
public sealed class ModelConfigException : DiffusionXException
{
    /// <inheritdoc/>
    public ModelConfigException()
    {
    }

    /// <inheritdoc/>
    public ModelConfigException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public ModelConfigException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
