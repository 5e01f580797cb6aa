using DiffusionX.Transport.Messages;

namespace DiffusionX.Sessions.Edge;

/// <summary>What came back from the cloud, and how long its way took.</summary>
/// <param name="Result">The result.</param>
/// <param name="Server">The cloud's name.</param>
/// <param name="Uplink">The request's way to the cloud.</param>
/// <param name="Downlink">The result's way back.</param>
/// <param name="Welcome">What the cloud takes.</param>
/// <param name="OneWay">How long a small message takes one way.</param>
/// <param name="Step">How long a step takes, by what was heard of its progress; null where too little was.</param>
internal sealed record CloudAnswer(Result Result, string Server, TimeSpan Uplink, TimeSpan Downlink, Welcome Welcome, TimeSpan OneWay, TimeSpan? Step);
