namespace DiffusionX.Transport;

/// <summary>
/// The ends are connected but don't agree to talk: versions, token or capacity. <see cref="Refusal"/> holds what the listening end said.
/// </summary>
public sealed class HandshakeException : TransportException
{
    /// <inheritdoc/>
    public HandshakeException()
    {
    }

    /// <inheritdoc/>
    public HandshakeException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public HandshakeException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal HandshakeException(string message, Refusal refusal)
        : base(message) => Refusal = refusal;

    /// <summary>What the listening end refused with; null where none was spoken.</summary>
    public Refusal? Refusal { get; }
}
