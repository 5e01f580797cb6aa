using Microsoft.Extensions.Logging;

namespace DiffusionX.Sessions.Edge;

/// <summary>What the edge logs. Prompts are never in it.</summary>
internal static partial class EdgeLog
{
    [LoggerMessage(1, LogLevel.Warning, "Refinement {Request}: attempt {Attempt} failed, the next one follows after {Pause}. {Trouble}")]
    public static partial void AttemptFailed(this ILogger log, string request, int attempt, TimeSpan pause, string trouble);

    [LoggerMessage(2, LogLevel.Warning, "Refinement {Request}: the edge refines in the cloud's stead. {Reason}")]
    public static partial void RefiningOnEdge(this ILogger log, string request, string reason);

    [LoggerMessage(3, LogLevel.Debug, "Refinement {Request}: the cloud could not be told that it was cancelled. {Reason}")]
    public static partial void CancelNotSent(this ILogger log, string request, string reason);

    [LoggerMessage(5, LogLevel.Warning, "A draft's strength could not be predicted, and is left to the cloud. {Reason}")]
    public static partial void StrengthLeftToCloud(this ILogger log, string reason);

    [LoggerMessage(6, LogLevel.Information, "Refinement {Request}: planned {Plan}.")]
    public static partial void RefinementPlanned(this ILogger log, string request, string plan);

    [LoggerMessage(4, LogLevel.Information, "Refinement {Request}: done by {Place} after {Attempts} attempts in {Total}.")]
    public static partial void Refined(this ILogger log, string request, string place, int attempts, TimeSpan total);
}
