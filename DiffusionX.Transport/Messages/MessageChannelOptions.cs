namespace DiffusionX.Transport.Messages;

/// <summary>How a <see cref="MessageChannel"/> shakes hands and notices that the other end is gone.</summary>
internal sealed record MessageChannelOptions
{
    /// <summary>The token that the listening end asks for; null lets everybody in. The connecting end shows <see cref="Hello.Token"/>.</summary>
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
    /// How long the other end may send nothing while something is awaited from it, or take nothing while something is sent to it, before it counts as lost;
    /// null for ever. Slow is not silent: every byte counts.
    /// </summary>
    public TimeSpan? IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        ThrowIf(MinVersion > MaxVersion, $"The oldest version of the protocol is {MinVersion}, the newest {MaxVersion}; there is none in between.");
        ThrowIf(HandshakeTimeout <= TimeSpan.Zero, $"The time for shaking hands is {HandshakeTimeout}; it has to be more than nothing.");
        ThrowIf(PingEvery <= TimeSpan.Zero, $"A ping is due every {PingEvery}; it has to be more than nothing, or null for none.");
        ThrowIf(IdleTimeout <= TimeSpan.Zero, $"The time for silence is {IdleTimeout}; it has to be more than nothing, or null for ever.");
    }

    private static void ThrowIf(bool wrong, string message)
    {
        if (wrong)
        {
            throw new TransportException(message);
        }
    }
}
