using DiffusionX.Transport;

namespace DiffusionX.Sessions;

/// <summary>The cloud did not refine a draft, and the edge was not allowed to. The session is as it was before.</summary>
public sealed class RefinementException : DiffusionXException
{
    /// <inheritdoc/>
    public RefinementException()
    {
    }

    /// <inheritdoc/>
    public RefinementException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public RefinementException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal RefinementException(string message, Refusal refusal)
        : base(message) => Refusal = refusal;

    /// <summary>What the cloud refused with; null where it said nothing.</summary>
    public Refusal? Refusal { get; }
}
