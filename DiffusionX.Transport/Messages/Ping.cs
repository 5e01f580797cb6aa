namespace DiffusionX.Transport.Messages;

/// <summary>Asks whether the other end is there.</summary>
internal sealed record Ping : Message
{
    /// <summary>The number of the question, which its answer repeats.</summary>
    public required long Number { get; init; }
}
