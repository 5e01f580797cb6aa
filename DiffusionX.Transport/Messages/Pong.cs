namespace DiffusionX.Transport.Messages;

/// <summary>Answers a <see cref="Messages.Ping"/>.</summary>
internal sealed record Pong : Message
{
    /// <summary>The number of the question, which its answer repeats.</summary>
    public required long Number { get; init; }
}
