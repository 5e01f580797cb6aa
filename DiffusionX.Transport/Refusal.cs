namespace DiffusionX.Transport;

/// <summary>Why the other end refused a connection or a request.</summary>
/// <param name="Code">What kind of thing went wrong.</param>
/// <param name="Text">What was wrong, where, and what to do, in the other end's words and without control characters.</param>
/// <param name="Retryable">Whether the same may succeed later.</param>
/// <param name="RetryAfter">When to try again at the earliest; null where the other end can't tell.</param>
public sealed record Refusal(ErrorCode Code, string Text, bool Retryable, TimeSpan? RetryAfter);
