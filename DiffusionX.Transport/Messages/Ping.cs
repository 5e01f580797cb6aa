using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>Asks whether the other end is there.</summary>
[MemoryPackable(GenerateType.VersionTolerant)]
public sealed partial record Ping : Message
{
    /// <summary>The number of the question, which its answer repeats.</summary>
    [MemoryPackOrder(0)]
    public required long Number { get; init; }
}
