namespace DiffusionX.Transport.Messages;

/// <summary>
/// What the listening end answers to a <see cref="Hello"/>: a <see cref="Messages.Welcome"/>, or an <see cref="Error"/> that refuses it.
/// </summary>
internal sealed record HandshakeReply
{
    private HandshakeReply()
    {
    }

    /// <summary>The welcome; null for a refusal.</summary>
    public Welcome? Welcome { get; private init; }

    /// <summary>The refusal; null for a welcome.</summary>
    public Error? Refusal { get; private init; }

    /// <summary>Lets the other end in.</summary>
    public static implicit operator HandshakeReply(Welcome welcome) => new() { Welcome = welcome };

    /// <summary>Turns the other end away.</summary>
    public static implicit operator HandshakeReply(Error refusal) => new() { Refusal = refusal };
}
