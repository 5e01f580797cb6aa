using DiffusionX.Evaluation.Prompts;

namespace DiffusionX.Evaluation.Latency;

/// <summary>A way to get from prompts to a picture, whose sessions are timed.</summary>
internal interface ISessionSystem : IAsyncDisposable
{
    /// <summary>What it is called in logs and tables.</summary>
    string Name { get; }

    /// <summary>Plays a session as somebody would who thinks no time at all.</summary>
    /// <param name="session">The prompts.</param>
    /// <param name="seed">The session's seed: every system draws it with the same one.</param>
    /// <param name="cancellationToken">Stops within one step.</param>
    Task<SessionOutcome> PlayAsync(PromptSession session, long seed, CancellationToken cancellationToken = default);
}
