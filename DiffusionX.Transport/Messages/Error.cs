namespace DiffusionX.Transport.Messages;

/// <summary>A request, or with an empty <see cref="RequestMessage.RequestId"/> the whole connection, can't go on.</summary>
internal sealed record Error : RequestMessage
{
    /// <summary>What kind of thing went wrong.</summary>
    public required ErrorCode Code { get; init; }

    /// <summary>What was wrong, where, and what to do.</summary>
    public required string Text { get; init; }

    /// <summary>Whether the same request may succeed later.</summary>
    public bool Retryable { get; init; }

    /// <summary>When to try again at the earliest; null where the server can't tell.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What a host program learns of it.</summary>
    public Refusal ToRefusal() => new(Code, Text, Retryable, RetryAfter);
}
