using DiffusionX.Transport.Messages;

namespace DiffusionX.Transport.Nats;

/// <summary>A request on its way from a gateway to a worker.</summary>
internal sealed record FleetRequest
{
    /// <summary>What it is known by, from <see cref="FleetNames.Key"/>.</summary>
    public required string Key { get; init; }

    /// <summary>The model's name in subjects.</summary>
    public required string Model { get; init; }

    public required Refine Message { get; init; }

    /// <summary>Told how it goes, while it is being computed.</summary>
    public required Action<RequestMessage> Tell { get; init; }

    /// <summary>Told how many requests come before it; 0 when its turn has come.</summary>
    public required Action<int> MoveTo { get; init; }
}
