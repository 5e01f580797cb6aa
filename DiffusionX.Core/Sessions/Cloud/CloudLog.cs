using DiffusionX.Transport;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Sessions.Cloud;

/// <summary>What the cloud logs. Prompts are never in it.</summary>
internal static partial class CloudLog
{
    [LoggerMessage(101, LogLevel.Information, "Refining for whoever connects to {Address}.")]
    public static partial void Listening(this ILogger log, string address);

    [LoggerMessage(102, LogLevel.Information, "{Peer} connected as {Client}, session {Session}.")]
    public static partial void Connected(this ILogger log, string peer, string client, Guid session);

    [LoggerMessage(103, LogLevel.Information, "{Peer} was not let in. {Reason}")]
    public static partial void NotLetIn(this ILogger log, string peer, string reason);

    [LoggerMessage(104, LogLevel.Debug, "{Peer}: the connection ended. {Reason}")]
    public static partial void ConnectionEnded(this ILogger log, string peer, string reason);

    [LoggerMessage(105, LogLevel.Information, "Request {Request} was refused: {Code}. {Reason}")]
    public static partial void Refused(this ILogger log, Guid request, ErrorCode code, string reason);

    [LoggerMessage(106, LogLevel.Information, "Request {Request} ended: {Outcome}.")]
    public static partial void Ended(this ILogger log, Guid request, string outcome);

    [LoggerMessage(107, LogLevel.Information, "Request {Request}: its client is back.")]
    public static partial void Resumed(this ILogger log, Guid request);

    [LoggerMessage(108, LogLevel.Information, "Request {Request}: its client is back, and gets the result that was kept.")]
    public static partial void ResultSentAgain(this ILogger log, Guid request);

    [LoggerMessage(109, LogLevel.Error, "Request {Request}: the device ran out of memory.")]
    public static partial void OutOfMemory(this ILogger log, Guid request);

    [LoggerMessage(110, LogLevel.Error, "Request {Request} failed.")]
    public static partial void Failed(this ILogger log, Exception error, Guid request);

    [LoggerMessage(111, LogLevel.Error, "A connection failed.")]
    public static partial void ConnectionFailed(this ILogger log, Exception error);

    [LoggerMessage(112, LogLevel.Warning, "{Address} can be reached from other machines, and nothing that crosses the link is encrypted. Use TLS.")]
    public static partial void NotEncrypted(this ILogger log, string address);

    [LoggerMessage(113, LogLevel.Information, "Shutting down: {Queued} requests wait, {Connections} clients are connected.")]
    public static partial void Draining(this ILogger log, int queued, int connections);
}
