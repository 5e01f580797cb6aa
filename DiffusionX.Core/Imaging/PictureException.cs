namespace DiffusionX.Imaging;

/// <summary>A picture can't be read or written. The message names the file, what is wrong with it and which formats there are.</summary>
public sealed class PictureException : DiffusionXException
{
    /// <inheritdoc/>
    public PictureException()
    {
    }

    /// <inheritdoc/>
    public PictureException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public PictureException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
