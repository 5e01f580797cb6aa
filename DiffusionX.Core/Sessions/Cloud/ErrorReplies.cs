using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Cloud;

/// <summary>The errors that a client can be answered with.</summary>
internal static class ErrorReplies
{
    public static Error Invalid(Guid requestId, string fault) => Error(requestId, ErrorCode.InvalidRequest, fault);

    public static Error OutOfMemory(Guid requestId) => Error(
        requestId, ErrorCode.OutOfMemory, "The cloud's device has not enough memory for this request. Ask for a smaller picture.");

    public static Error Internal(Guid requestId) => Error(requestId, ErrorCode.Internal, "The cloud failed at this request; its log says why.");

    public static Error OverCapacity(Guid requestId, string text, TimeSpan retryAfter) =>
        Error(requestId, ErrorCode.OverCapacity, text) with { Retryable = true, RetryAfter = retryAfter };

    public static Error Stopped(Guid requestId, StopReason reason) => reason switch
    {
        StopReason.DeadlineExceeded => Error(requestId, ErrorCode.DeadlineExceeded, "The request was not done within its deadline."),
        StopReason.ShuttingDown => Error(requestId, ErrorCode.ShuttingDown, "The cloud shuts down.") with { Retryable = true },
        _ => Error(requestId, ErrorCode.Cancelled, "The request was cancelled."),
    };

    private static Error Error(Guid requestId, ErrorCode code, string text) => new() { RequestId = requestId, Code = code, Text = text };
}
