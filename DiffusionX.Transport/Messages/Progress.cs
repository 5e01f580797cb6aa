using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>The request is being computed.</summary>
[MemoryPackable(GenerateType.VersionTolerant)]
public sealed partial record Progress : RequestMessage
{
    /// <summary>Steps that are done.</summary>
    [MemoryPackOrder(1)]
    public required int Step { get; init; }

    /// <summary>Steps that this run takes.</summary>
    [MemoryPackOrder(2)]
    public required int Steps { get; init; }

    /// <summary>A small picture of where the run is heading, in the request's <see cref="Refine.ResultEncoding"/>; null for none.</summary>
    [MemoryPackOrder(3)]
    public byte[]? Preview { get; init; }

    internal override string? FindFault() => Step < 0 || Steps < Step ? "more steps are done than there are" : null;
}
