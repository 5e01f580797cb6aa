using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>The request waits, or its place in the queue has changed.</summary>
[MemoryPackable(GenerateType.VersionTolerant)]
public sealed partial record Accepted : RequestMessage
{
    /// <summary>How many requests come before it; 0 when its turn has come.</summary>
    [MemoryPackOrder(1)]
    public required int QueuePlace { get; init; }

    internal override string? FindFault() => QueuePlace < 0 ? "the place in the queue is less than 0" : null;
}
