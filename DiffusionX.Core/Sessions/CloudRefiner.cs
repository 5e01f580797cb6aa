using DiffusionX.Generation;
using DiffusionX.Transport;

namespace DiffusionX.Sessions;

/// <summary>
/// The cloud's end: takes drafts from many sessions, refines them one after another in an order that is fair among the sessions, and answers each
/// with exactly one result or one error.
/// </summary>
public sealed class CloudRefiner : IAsyncDisposable
{
    private CloudRefiner()
    {
    }

    /// <summary>Where it listens.</summary>
    public string Address => throw new NotImplementedException();

    /// <summary>How it is doing.</summary>
    public CloudRefinerState State => throw new NotImplementedException();

    /// <summary>Begins to listen and to refine.</summary>
    /// <param name="cloud">The model that refines; it stays the caller's, and has to outlive the refiner.</param>
    /// <param name="link">Where clients come from.</param>
    /// <param name="options">The settings.</param>
    /// <exception cref="SessionException">A setting is out of range.</exception>
    /// <exception cref="TransportException">The address is taken or not allowed.</exception>
    public static CloudRefiner Start(DiffusionModel cloud, ITransport link, CloudRefinerOptions options) => throw new NotImplementedException();

    /// <summary>Shuts down in order: takes no new connections and requests, answers what it has taken on, and closes.</summary>
    /// <param name="cancellationToken">Ends the patience: what is left is given up.</param>
    public Task DrainAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Shuts down now: a run stops within one step, and what waits is refused in a way that lets clients try elsewhere or later.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
