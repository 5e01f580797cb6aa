using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>A draft on its way: a latent or a picture in bytes.</summary>
[MemoryPackable(GenerateType.VersionTolerant)]
public sealed partial record DraftPayload
{
    /// <summary>How <see cref="Bytes"/> is to be read.</summary>
    [MemoryPackOrder(0)]
    public required DraftEncoding Encoding { get; init; }

    /// <summary>Channels of the latent, or of the picture.</summary>
    [MemoryPackOrder(1)]
    public required int Channels { get; init; }

    /// <summary>Height of the latent, or of the picture in pixels.</summary>
    [MemoryPackOrder(2)]
    public required int Height { get; init; }

    /// <summary>Width of the latent, or of the picture in pixels.</summary>
    [MemoryPackOrder(3)]
    public required int Width { get; init; }

    /// <summary>The draft.</summary>
    [MemoryPackOrder(4)]
    public required byte[] Bytes { get; init; }

    internal string? FindFault() =>
        Bytes is null ? "the draft has no bytes" :
        !Enum.IsDefined(Encoding) ? "the draft's encoding is unknown" :
        Channels < 1 || Height < 1 || Width < 1 ? "the draft has no size" :
        null;
}
