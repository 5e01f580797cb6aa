namespace DiffusionX.Transport.Messages;

/// <summary>How a <see cref="MessageChannel"/> shakes hands and notices that the other end is gone.</summary>
internal sealed record MessageChannelOptions
{
    /// <summary>
    /// The token that the listening end asks for; null lets everybody in. The connecting end shows <see cref="Hello.Token"/>.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>The oldest version of the protocol that the listening end speaks.</summary>
    public int MinVersion { get; init; } = ProtocolVersion.Oldest;

    /// <summary>The newest version of the protocol that the listening end speaks.</summary>
    public int MaxVersion { get; init; } = ProtocolVersion.Newest;

    /// <summary>How long the other end may take to shake hands.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often to ask whether the other end is there; null for never.</summary>
    public TimeSpan? PingEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the other end may send nothing while something is awaited from it, or take nothing while something is sent to it, before it
    /// counts as lost; null for ever. Slow is not silent: every byte counts.
    /// </summary>
    public TimeSpan? IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        var check = new OptionChecker(message => new TransportException(message));
        check.AtLeast(MaxVersion, MinVersion, nameof(MaxVersion));
        check.Within(Token?.Length ?? 0, 0, MessageBounds.Token, $"{nameof(Token)}.{nameof(Token.Length)}");
        check.Duration(HandshakeTimeout, nameof(HandshakeTimeout));
        check.Duration(PingEvery ?? HandshakeTimeout, nameof(PingEvery));
        check.Duration(IdleTimeout ?? HandshakeTimeout, nameof(IdleTimeout));
    }
}
