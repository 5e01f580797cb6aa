using DiffusionX.Checkpoints;
using DiffusionX.Pipeline;
using DiffusionX.Transport;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Sessions.Cloud;

/// <summary>
/// The cloud's end: takes drafts from many sessions, refines them one after another in an order that is fair among the sessions, and
/// answers each with exactly one result or one error. A client whose connection broke finds its request again by the request's id.
/// </summary>
public sealed class CloudRefiner : IAsyncDisposable
{
    private readonly RefinementServer server;

    private CloudRefiner(RefinementServer server) => this.server = server;

    /// <summary>Where it listens.</summary>
    public string Address => server.Address;

    /// <summary>How it is doing.</summary>
    public CloudRefinerState State => server.State;

    /// <summary>
    /// Begins to listen and to refine. Waits for the model's first <see cref="DiffusionModel.FingerprintAsync"/>, and for a few seconds
    /// where it has to be measured how many pictures at once pay (<see cref="DiffusionModelOptions.MaxBatch"/>).
    /// </summary>
    /// <param name="cloud">The model that refines; it stays the caller's, and has to outlive the refiner.</param>
    /// <param name="link">Where clients come from.</param>
    /// <param name="options">The settings.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    /// <exception cref="SessionException">
    /// A setting is out of range, or everyone could reach the address and no token is asked for.
    /// </exception>
    /// <exception cref="CheckpointException">A LoRA of the options can't be read, or was made for another model.</exception>
    /// <exception cref="TransportException">The address is taken or not allowed.</exception>
    public static async Task<CloudRefiner> StartAsync(
        DiffusionModel cloud, ITransport link, CloudRefinerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cloud);
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var log = new RateLimitedLogger(options.Logs.CreateLogger<CloudRefiner>(), options.TimeProvider);
        var backend = await LocalBackend.OpenAsync(cloud, options, log, cancellationToken).ConfigureAwait(false);
        return new CloudRefiner(await RefinementServer.StartAsync(link, backend, options, log, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Shuts down in order: takes no new connections and requests, answers what it has taken on, and closes.</summary>
    /// <param name="cancellationToken">Ends the waiting: what is left is given up.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled; <see cref="DisposeAsync"/> does the rest.</exception>
    public Task DrainAsync(CancellationToken cancellationToken = default) => DrainAsync(Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>
    /// Shuts down in order, and keeps nobody waiting in vain: what will not be done within the limit, by its own steps so far or by what
    /// others took, is given back at once, so that its client tries elsewhere.
    /// </summary>
    /// <param name="limit">How long the caller will wait; infinite for as long as it takes.</param>
    /// <param name="cancellationToken">Ends the waiting: what is left is given up.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled; <see cref="DisposeAsync"/> does the rest.</exception>
    public Task DrainAsync(TimeSpan limit, CancellationToken cancellationToken = default) => server.DrainAsync(limit, cancellationToken);

    /// <summary>
    /// Shuts down now: a run stops within one step, and what waits is refused in a way that lets clients try elsewhere or later.
    /// </summary>
    public ValueTask DisposeAsync() => server.DisposeAsync();
}
