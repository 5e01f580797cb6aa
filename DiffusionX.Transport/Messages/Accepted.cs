namespace DiffusionX.Transport.Messages;

/// <summary>The request waits, or its place in the queue has changed.</summary>
internal sealed record Accepted : RequestMessage
{
    /// <summary>How many requests come before it; 0 when its turn has come.</summary>
    public required int QueuePlace { get; init; }
}
