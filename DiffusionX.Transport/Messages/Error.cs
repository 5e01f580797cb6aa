using MemoryPack;

namespace DiffusionX.Transport.Messages;

/// <summary>A request, or with an empty <see cref="RequestMessage.RequestId"/> the whole connection, can't go on.</summary>
[MemoryPackable(GenerateType.VersionTolerant)]
public sealed partial record Error : RequestMessage
{
    /// <summary>What kind of thing went wrong.</summary>
    [MemoryPackOrder(1)]
    public required ErrorCode Code { get; init; }

    /// <summary>What was wrong, where, and what to do.</summary>
    [MemoryPackOrder(2)]
    public required string Text { get; init; }

    /// <summary>Whether the same request may succeed later.</summary>
    [MemoryPackOrder(3)]
    public bool Retryable { get; init; }

    /// <summary>When to try again, in seconds from now; null where the server can't tell.</summary>
    [MemoryPackOrder(4)]
    public double? RetryAfterSeconds { get; init; }

    internal override string? FindFault() => FirstOf(
        (Text is null, "the text is missing"),
        (RetryAfterSeconds is { } retryAfter && !(retryAfter >= 0), "the time to try again is not a time"));

    internal override Message Normalize() => Enum.IsDefined(Code) ? this : this with { Code = ErrorCode.Unknown };
}
