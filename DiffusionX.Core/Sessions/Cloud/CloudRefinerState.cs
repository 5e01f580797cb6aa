namespace DiffusionX.Sessions.Cloud;

/// <summary>How a <see cref="CloudRefiner"/> is doing, for health checks.</summary>
/// <param name="Connections">Open connections.</param>
/// <param name="Queued">Requests that wait.</param>
/// <param name="Running">Whether a request is being computed.</param>
/// <param name="ResultCache">Results that are kept for clients that come back.</param>
/// <param name="Draining">Whether it has begun to shut down.</param>
public sealed record CloudRefinerState(int Connections, int Queued, bool Running, int ResultCache, bool Draining);
