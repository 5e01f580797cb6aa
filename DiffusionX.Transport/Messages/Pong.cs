using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>Answers a <see cref="Messages.Ping"/>.</summary>
[MemoryPackable(GenerateType.VersionTolerant)]
public sealed partial record Pong : Message
{
    /// <summary>The number of the question, which its answer repeats.</summary>
    [MemoryPackOrder(0)]
    public required long Number { get; init; }
}
