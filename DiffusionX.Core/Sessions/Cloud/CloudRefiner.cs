using DiffusionX.Checkpoints;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Transport;
using DiffusionX.Transport.Messages;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Sessions.Cloud;

/// <summary>
/// The cloud's end: takes drafts from many sessions, refines as many at once as its model draws (<see cref="DiffusionModel.MaxBatch"/>) in
/// an order that is fair among the sessions, and answers each with exactly one result or one error. A client whose connection broke finds its request again by the request's id.
/// </summary>
public sealed class CloudRefiner : IAsyncDisposable
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly DiffusionModel model;
    private readonly CloudRefinerOptions options;
    private readonly LoraCatalogue loras;
    private readonly IConnectionListener listener;
    private readonly RequestDispatcher dispatcher;
    private readonly ConnectionAcceptor acceptor;
    private readonly ILogger log;
    private readonly Task refining;
    private bool disposed;

    private CloudRefiner(
        DiffusionModel model, CloudRefinerOptions options, LoraCatalogue loras, IConnectionListener listener, ModelFingerprints fingerprints)
    {
        this.model = model;
        this.options = options;
        this.loras = loras;
        this.listener = listener;
        log = new RateLimitedLogger(options.Logs.CreateLogger<CloudRefiner>(), options.TimeProvider);
        var drafts = new DraftLimits(fingerprints.Vae, model.LatentChannels, model.PixelsPerLatent, options.MaxPixels);
        dispatcher = new RequestDispatcher(options, new RequestLimits(options, drafts, loras, fingerprints.NoiseSchedule), model.MaxBatch, log);
        acceptor = new ConnectionAcceptor(listener, dispatcher, options, Introduction(fingerprints), log);
        refining = Task.Run(RefineAsync);
        log.Listening(listener.Address);
    }

    /// <summary>Where it listens.</summary>
    public string Address => listener.Address;

    /// <summary>How it is doing.</summary>
    public CloudRefinerState State
    {
        get
        {
            var (queued, running, kept, draining) = dispatcher.State;
            return new CloudRefinerState(acceptor.Connections, queued, running, kept, draining);
        }
    }

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
        var fingerprints = await cloud.FingerprintAsync(cancellationToken).ConfigureAwait(false);
        await cloud.MeasureBatchesAsync(cancellationToken).ConfigureAwait(false);
        var loras = await LoraCatalogue.OpenAsync(cloud, options.Loras, cancellationToken).ConfigureAwait(false);
        var listener = await link.ListenAsync(cancellationToken).ConfigureAwait(false);
        await CheckExposureAsync(listener, options).ConfigureAwait(false);
        return new CloudRefiner(cloud, options, loras, listener, fingerprints);
    }

    /// <summary>Shuts down in order: takes no new connections and requests, answers what it has taken on, and closes.</summary>
    /// <param name="cancellationToken">Ends the waiting: what is left is given up.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled; <see cref="DisposeAsync"/> does the rest.</exception>
    public async Task DrainAsync(CancellationToken cancellationToken = default)
    {
        log.Draining(State.Queued, acceptor.Connections);
        dispatcher.Drain();
        await acceptor.StopAcceptingAsync().ConfigureAwait(false);
        await refining.WaitAsync(cancellationToken).ConfigureAwait(false);
        await acceptor.CloseAllAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Shuts down now: a run stops within one step, and what waits is refused in a way that lets clients try elsewhere or later.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        dispatcher.Drain();
        dispatcher.StopAll();
        await acceptor.StopAcceptingAsync().ConfigureAwait(false);
        await refining.ConfigureAwait(false);
        await acceptor.CloseAllAsync(CloseTimeout).ConfigureAwait(false);
        acceptor.Dispose();
        dispatcher.Dispose();
    }

    private Welcome Introduction(ModelFingerprints fingerprints) => new()
    {
        VaeFingerprint = fingerprints.Vae,
        ScheduleFingerprint = fingerprints.NoiseSchedule,
        Solver = (options.Scheduler ?? model.DefaultScheduler).ToString(),
        Server = options.Name,
        TakesMasks = true,
        TakesLoras = true,
        TakesPromptSyntax = true,
        Limits = options.Limits,
    };

    private static async Task CheckExposureAsync(IConnectionListener listener, CloudRefinerOptions options)
    {
        if (!listener.IsLocal && options.Token is null)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            throw new SessionException(
                $"{listener.Address} can be reached from other machines, and no token is asked for. Set a token, or listen on 127.0.0.1.");
        }

        if (!listener.IsLocal && !listener.IsEncrypted)
        {
            options.Logs.CreateLogger<CloudRefiner>().NotEncrypted(listener.Address);
        }
    }

    private async Task RefineAsync()
    {
        var running = new List<Task>();
        while (await dispatcher.NextAsync().ConfigureAwait(false) is { } job)
        {
            running.RemoveAll(task => task.IsCompleted);
            running.Add(Task.Run(new RefinementExecutor(model, options, loras, dispatcher, job, log).RunAsync));
        }

        await Task.WhenAll(running).ConfigureAwait(false);
    }
}
