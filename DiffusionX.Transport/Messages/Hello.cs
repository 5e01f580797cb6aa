namespace DiffusionX.Transport.Messages;

/// <summary>The connecting end's first message: who it is, what it speaks, and which models drew its drafts.</summary>
internal sealed record Hello : Message
{
    /// <summary>The oldest version of the protocol that it speaks.</summary>
    public int MinVersion { get; init; } = ProtocolVersion.Oldest;

    /// <summary>The newest version of the protocol that it speaks.</summary>
    public int MaxVersion { get; init; } = ProtocolVersion.Newest;

    /// <summary>The shared token; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>Says which VAE its latents belong to.</summary>
    public string VaeFingerprint { get; init; } = "";

    /// <summary>Says which noise schedule its model was trained with.</summary>
    public string ScheduleFingerprint { get; init; } = "";

    /// <summary>
    /// The session, a secret of the client; the same again on a connection that replaces a lost one. Empty for one that does not come back.
    /// </summary>
    public Guid SessionId { get; init; }

    /// <summary>The client's name, for logs.</summary>
    public string Client { get; init; } = "";

    /// <summary>Tells versions and name; token and session stay secret.</summary>
    public override string ToString() => $"Hello from '{Client}', versions {MinVersion} to {MaxVersion}";
}
