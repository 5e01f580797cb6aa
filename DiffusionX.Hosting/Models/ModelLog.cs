using Microsoft.Extensions.Logging;

namespace DiffusionX.Hosting.Models;

/// <summary>What a host tells of its models.</summary>
internal static partial class ModelLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "The model {Name} is loaded on {Device}, in {Seconds:F1} s.")]
    public static partial void Loaded(this ILogger log, string name, string device, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The model {Name}: {Note}")]
    public static partial void Note(this ILogger log, string name, string note);

    [LoggerMessage(Level = LogLevel.Error, Message = "The model {Name} can't be loaded: {Reason}")]
    public static partial void NotLoaded(this ILogger log, string name, string reason);
}
