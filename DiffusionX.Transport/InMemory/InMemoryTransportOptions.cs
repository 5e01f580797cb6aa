namespace DiffusionX.Transport.InMemory;

/// <summary>Bounds of an <see cref="InMemoryTransport"/>.</summary>
public sealed record InMemoryTransportOptions
{
    /// <summary>Frames on their way in one direction before a sender has to wait, at least 1.</summary>
    public int Capacity { get; init; } = 16;

    /// <summary>
    /// Bytes of the frames on their way in one direction before a sender has to wait, at least 1. A larger frame goes alone.
    /// </summary>
    public long CapacityBytes { get; init; } = 64L << 20;

    /// <summary>Connections that wait to be accepted before the next one has to wait itself, at least 1.</summary>
    public int Backlog { get; init; } = 512;

    /// <summary>The largest frame in bytes, at least 1.</summary>
    public int MaxFrameBytes { get; init; } = FrameSize.DefaultMaxBytes;

    internal void Validate()
    {
        var check = new OptionChecker(message => new TransportException(message));
        check.AtLeast(MaxFrameBytes, 1, nameof(MaxFrameBytes));
        check.AtLeast(Capacity, 1, nameof(Capacity));
        check.AtLeast(CapacityBytes, 1, nameof(CapacityBytes));
        check.AtLeast(Backlog, 1, nameof(Backlog));
    }
}
