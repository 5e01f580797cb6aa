namespace DiffusionX.Runtime;

/// <summary>
/// libtorch, or the native half of TorchSharp, could not be loaded. The message names the package or the step that is missing.
/// </summary>
public sealed class TorchUnavailableException : DiffusionXException
{
    /// <inheritdoc/>
    public TorchUnavailableException()
    {
    }

    /// <inheritdoc/>
    public TorchUnavailableException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public TorchUnavailableException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
