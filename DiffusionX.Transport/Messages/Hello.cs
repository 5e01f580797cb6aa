using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>The connecting end's first message: who it is, what it speaks, and which models drew its drafts.</summary>
[MemoryPackable(GenerateType.VersionTolerant)]
public sealed partial record Hello : Message
{
    /// <summary>The oldest version of the protocol that it speaks.</summary>
    [MemoryPackOrder(0)]
    public int MinVersion { get; init; } = ProtocolVersion.Oldest;

    /// <summary>The newest version of the protocol that it speaks.</summary>
    [MemoryPackOrder(1)]
    public int MaxVersion { get; init; } = ProtocolVersion.Newest;

    /// <summary>The shared token; null for none.</summary>
    [MemoryPackOrder(2)]
    public string? Token { get; init; }

    /// <summary>Says which VAE its latents belong to.</summary>
    [MemoryPackOrder(3)]
    public string VaeFingerprint { get; init; } = "";

    /// <summary>Says which text encoder it reads prompts with.</summary>
    [MemoryPackOrder(4)]
    public string TextEncoderFingerprint { get; init; } = "";

    /// <summary>Says which noise schedule its model was trained with.</summary>
    [MemoryPackOrder(5)]
    public string ScheduleFingerprint { get; init; } = "";

    /// <summary>The session; the same again on a connection that replaces a lost one.</summary>
    [MemoryPackOrder(6)]
    public Guid SessionId { get; init; }

    /// <summary>The client's name, for logs.</summary>
    [MemoryPackOrder(7)]
    public string Client { get; init; } = "";

    /// <summary>Tells versions and name; the token stays secret.</summary>
    public override string ToString() => $"Hello from '{Client}', versions {MinVersion} to {MaxVersion}";

    internal override string? FindFault() => FirstOf(
        (VaeFingerprint is null || TextEncoderFingerprint is null || ScheduleFingerprint is null, "a fingerprint is missing"),
        (Client is null, "the client's name is missing"));
}
