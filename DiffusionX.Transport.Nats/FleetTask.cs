using DiffusionX.Transport.Messages;

namespace DiffusionX.Transport.Nats;

/// <summary>A request that a worker has taken, for whoever computes it.</summary>
internal sealed record FleetTask
{
    public required Refine Request { get; init; }

    /// <summary>How long it has waited in the queue, by the clocks of NATS and of this machine.</summary>
    public required TimeSpan Queued { get; init; }

    /// <summary>What another worker has saved of its run, in that worker's own format; null where it begins at the start.</summary>
    public byte[]? SavedRun { get; init; }

    /// <summary>Tells whoever waits how it goes. Never waits itself.</summary>
    public required Action<RequestMessage> Tell { get; init; }

    /// <summary>Saves how far it has come. Never waits itself; of two that follow each other fast, one may be left out.</summary>
    public required Action<byte[]> Save { get; init; }
}
