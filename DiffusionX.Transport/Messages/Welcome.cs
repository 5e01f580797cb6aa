using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>The listening end's answer to <see cref="Hello"/>: the version to speak, its models, and what it allows.</summary>
[MemoryPackable(GenerateType.VersionTolerant)]
public sealed partial record Welcome : Message
{
    /// <summary>The version of the protocol that both speak from now on. The handshake fills it in.</summary>
    [MemoryPackOrder(0)]
    public int Version { get; init; }

    /// <summary>Says which VAE its latents belong to.</summary>
    [MemoryPackOrder(1)]
    public string VaeFingerprint { get; init; } = "";

    /// <summary>Says which text encoder it reads prompts with.</summary>
    [MemoryPackOrder(2)]
    public string TextEncoderFingerprint { get; init; } = "";

    /// <summary>Says which noise schedule its model was trained with.</summary>
    [MemoryPackOrder(3)]
    public string ScheduleFingerprint { get; init; } = "";

    /// <summary>The server's name: where pictures are refined.</summary>
    [MemoryPackOrder(4)]
    public string Server { get; init; } = "";

    /// <summary>The largest frame that either end sends, in bytes.</summary>
    [MemoryPackOrder(5)]
    public int MaxFrame { get; init; } = FrameSize.DefaultMaxBytes;

    /// <summary>The longest prompt, in characters.</summary>
    [MemoryPackOrder(6)]
    public int MaxPromptLength { get; init; } = 4096;

    /// <summary>The most steps of a request's schedule.</summary>
    [MemoryPackOrder(7)]
    public int MaxSteps { get; init; } = 100;

    /// <summary>The most pixels of a picture.</summary>
    [MemoryPackOrder(8)]
    public int MaxPixels { get; init; } = 1024 * 1024;

    /// <summary>The most requests of one connection that wait or are computed at the same time.</summary>
    [MemoryPackOrder(9)]
    public int MaxRequests { get; init; } = 4;

    /// <summary>The solver that it refines with; empty for a server that can't go on with runs that its clients began.</summary>
    [MemoryPackOrder(10)]
    public string Solver { get; init; } = "";

    internal override string? FindFault() => FirstOf(
        (VaeFingerprint is null || TextEncoderFingerprint is null || ScheduleFingerprint is null, "a fingerprint is missing"),
        (Server is null || Solver is null, "the server's name or solver is missing"),
        (MaxFrame < 1 || MaxPromptLength < 0 || MaxSteps < 1 || MaxPixels < 1 || MaxRequests < 1, "a limit leaves nothing"));
}
