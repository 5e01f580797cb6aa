using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Cloud;

/// <summary>The errors that a client can be answered with.</summary>
internal static class ErrorReplies
{
    public static Error Invalid(Guid requestId, string fault) => new() { RequestId = requestId, Code = ErrorCode.InvalidRequest, Text = fault };

    public static Error OutOfMemory(Guid requestId) => new()
    {
        RequestId = requestId,
        Code = ErrorCode.OutOfMemory,
        Text = "The cloud's device has not enough memory for this request. Ask for a smaller picture.",
    };

    public static Error Internal(Guid requestId) => new()
    {
        RequestId = requestId,
        Code = ErrorCode.Internal,
        Text = "The cloud failed at this request; its log says why.",
    };

    public static Error OverCapacity(Guid requestId, string text, TimeSpan retryAfter) => new()
    {
        RequestId = requestId,
        Code = ErrorCode.OverCapacity,
        Text = text,
        Retryable = true,
        RetryAfter = retryAfter,
    };

    public static Error Stopped(Guid requestId, StopReason reason) => reason switch
    {
        StopReason.DeadlineExceeded => new() { RequestId = requestId, Code = ErrorCode.DeadlineExceeded, Text = "The request was not done within its deadline." },
        StopReason.ShuttingDown => new() { RequestId = requestId, Code = ErrorCode.ShuttingDown, Text = "The cloud shuts down.", Retryable = true },
        _ => new() { RequestId = requestId, Code = ErrorCode.Cancelled, Text = "The request was cancelled." },
    };
}
