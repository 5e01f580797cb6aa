using MemoryPack;

namespace DiffusionX.Tests.Transport.Messages;

/// <summary>A ping as a later version of the protocol may have it.</summary>
[MemoryPackable(GenerateType.VersionTolerant)]
internal sealed partial record NewerPing
{
    [MemoryPackOrder(0)]
    public required long Number { get; init; }

    [MemoryPackOrder(1)]
    public required string Mood { get; init; }
}
