using Microsoft.Extensions.Logging;

namespace DiffusionX.Transport.Nats;

/// <summary>What a process of the fleet logs. Prompts are never in it.</summary>
internal static partial class FleetLog
{
    [LoggerMessage(201, LogLevel.Warning, "A request could not be put into the queue, and is put there again. {Reason}")]
    public static partial void NotQueued(this ILogger log, string reason);

    [LoggerMessage(202, LogLevel.Warning, "A request that nobody wants any more could not be taken back. {Reason}")]
    public static partial void NotWithdrawn(this ILogger log, string reason);

    [LoggerMessage(203, LogLevel.Warning, "{Subject} is not heard just now. {Reason}")]
    public static partial void NotHeard(this ILogger log, string subject, string reason);

    [LoggerMessage(204, LogLevel.Warning, "No request can be taken from NATS just now. {Reason}")]
    public static partial void NotPulled(this ILogger log, string reason);

    [LoggerMessage(205, LogLevel.Warning, "NATS can't be written to just now; what is done is kept until it can. {Reason}")]
    public static partial void NotWritten(this ILogger log, string reason);

    [LoggerMessage(206, LogLevel.Information, "Request {Request} was given to a worker before, which did not finish it; this is delivery {Delivery}.")]
    public static partial void Redelivered(this ILogger log, string request, ulong delivery);

    [LoggerMessage(211, LogLevel.Information, "Request {Request} is begun.")]
    public static partial void Begun(this ILogger log, string request);

    [LoggerMessage(207, LogLevel.Error, "Request {Request} ended: {Deliveries} workers began it, and none came to an end.")]
    public static partial void Poisonous(this ILogger log, string request, int deliveries);

    [LoggerMessage(208, LogLevel.Information, "Request {Request} was finished by another worker before.")]
    public static partial void FinishedBefore(this ILogger log, string request);

    [LoggerMessage(209, LogLevel.Error, "A message of the queue can't be read as a request, and is dropped.")]
    public static partial void NoRequest(this ILogger log);

    [LoggerMessage(210, LogLevel.Error, "Request {Request} failed where it may not fail.")]
    public static partial void Failed(this ILogger log, Exception error, string request);

    [LoggerMessage(212, LogLevel.Error, "Request {Request} ended: it or its result has {Bytes} bytes, and NATS takes messages of at most {MaxBytes} by now. Raise its max_payload.")]
    public static partial void TooLarge(this ILogger log, string request, int bytes, int maxBytes);
}
