using DiffusionX.Transport;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Sessions.Cloud;

/// <summary>What the cloud logs. Prompts are never in it.</summary>
internal static partial class CloudLog
{
    [LoggerMessage(101, LogLevel.Information, "Refining for whoever connects to {Address}.")]
    public static partial void Listening(this ILogger log, string address);

    [LoggerMessage(102, LogLevel.Information, "{Peer} connected as {Client}.")]
    public static partial void Connected(this ILogger log, string peer, string client);

    [LoggerMessage(103, LogLevel.Information, "{Peer} was not let in. {Reason}")]
    public static partial void NotLetIn(this ILogger log, string peer, string reason);

    [LoggerMessage(104, LogLevel.Debug, "{Peer}: the connection ended. {Reason}")]
    public static partial void ConnectionEnded(this ILogger log, string peer, string reason);

    [LoggerMessage(105, LogLevel.Information, "Request {Request} was refused: {Code}. {Reason}")]
    public static partial void Refused(this ILogger log, string request, ErrorCode code, string reason);

    [LoggerMessage(106, LogLevel.Information, "Request {Request} ended: {Outcome}.")]
    public static partial void Ended(this ILogger log, string request, string outcome);

    [LoggerMessage(107, LogLevel.Information, "Request {Request}: its client is back.")]
    public static partial void Resumed(this ILogger log, string request);

    [LoggerMessage(108, LogLevel.Information, "Request {Request}: its client is back, and gets the result that was kept.")]
    public static partial void ResultSentAgain(this ILogger log, string request);

    [LoggerMessage(109, LogLevel.Error, "Request {Request}: the device ran out of memory.")]
    public static partial void OutOfMemory(this ILogger log, string request);

    [LoggerMessage(110, LogLevel.Error, "Request {Request} failed.")]
    public static partial void Failed(this ILogger log, Exception error, string request);

    // Without the error's message: it may quote what a client sent.
    [LoggerMessage(111, LogLevel.Error, "A connection failed: {Error} {Place}")]
    public static partial void ConnectionFailed(this ILogger log, string error, string? place);

    [LoggerMessage(112, LogLevel.Warning, "{Address} can be reached from other machines, and nothing that crosses the link is encrypted. Use TLS.")]
    public static partial void NotEncrypted(this ILogger log, string address);

    [LoggerMessage(114, LogLevel.Information, "{Peer} has done nothing for long, and its place is needed.")]
    public static partial void PlaceTaken(this ILogger log, string peer);

    [LoggerMessage(113, LogLevel.Information, "Shutting down: {Queued} requests wait, {Connections} clients are connected.")]
    public static partial void Draining(this ILogger log, int queued, int connections);
}
