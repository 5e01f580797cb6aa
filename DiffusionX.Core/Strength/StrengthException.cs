namespace DiffusionX.Strength;

/// <summary>A strength predictor or its labels can't be used: damaged, missing, or made for something else.</summary>
public sealed class StrengthException : DiffusionXException
{
    /// <inheritdoc/>
    public StrengthException()
    {
    }

    /// <inheritdoc/>
    public StrengthException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public StrengthException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
