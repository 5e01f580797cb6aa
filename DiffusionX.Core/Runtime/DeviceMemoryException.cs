namespace DiffusionX.Runtime;

/// <summary>A device had not enough memory for a run. That run failed; the model is intact and takes the next one.</summary>
public sealed class DeviceMemoryException : DiffusionXException
{
    /// <inheritdoc/>
    public DeviceMemoryException()
    {
    }

    /// <inheritdoc/>
    public DeviceMemoryException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public DeviceMemoryException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
