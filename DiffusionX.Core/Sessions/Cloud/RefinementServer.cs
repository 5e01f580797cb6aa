using DiffusionX.Transport;
using Microsoft.Extensions.Logging;

namespace DiffusionX.Sessions.Cloud;

/// <summary>
/// What clients meet: takes their requests, in an order that is fair among their sessions, has a backend compute them, and answers each with
/// exactly one result or one error.
/// </summary>
internal sealed class RefinementServer : IAsyncDisposable
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly IRefinementBackend backend;
    private readonly IConnectionListener listener;
    private readonly RequestDispatcher dispatcher;
    private readonly ConnectionAcceptor acceptor;
    private readonly ILogger log;
    private readonly Task running;
    private bool disposed;

    private RefinementServer(IConnectionListener listener, IRefinementBackend backend, CloudRefinerOptions options, ILogger log)
    {
        this.backend = backend;
        this.listener = listener;
        this.log = log;
        dispatcher = new RequestDispatcher(options, backend, log);
        acceptor = new ConnectionAcceptor(listener, dispatcher, options, backend, log);
        running = Task.Run(RunAsync);
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

    /// <summary>Begins to listen.</summary>
    /// <param name="link">Where clients come from.</param>
    /// <param name="backend">What computes; it stays the caller's, and has to outlive the server.</param>
    /// <param name="options">Whom it lets in and how much it takes on; checked before.</param>
    /// <param name="log">Where it logs to.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    /// <exception cref="SessionException">Everyone could reach the address, and no token is asked for.</exception>
    /// <exception cref="TransportException">The address is taken or not allowed.</exception>
    public static async Task<RefinementServer> StartAsync(
        ITransport link, IRefinementBackend backend, CloudRefinerOptions options, ILogger log, CancellationToken cancellationToken)
    {
        var listener = await link.ListenAsync(cancellationToken).ConfigureAwait(false);
        await CheckExposureAsync(listener, options, log).ConfigureAwait(false);
        return new RefinementServer(listener, backend, options, log);
    }

    /// <summary>
    /// Shuts down in order: takes no new connections and requests, answers what it has taken on, and closes. What will not be done within the
    /// limit is given back at once.
    /// </summary>
    /// <param name="limit">How long the caller will wait; infinite for as long as it takes.</param>
    /// <param name="cancellationToken">Ends the waiting: what is left is given up.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled; <see cref="DisposeAsync"/> does the rest.</exception>
    public async Task DrainAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        log.Draining(State.Queued, acceptor.Connections);
        dispatcher.Drain(limit == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : limit);
        await acceptor.StopAcceptingAsync().ConfigureAwait(false);
        await running.WaitAsync(cancellationToken).ConfigureAwait(false);
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
        await running.ConfigureAwait(false);
        await acceptor.CloseAllAsync(CloseTimeout).ConfigureAwait(false);
        acceptor.Dispose();
        dispatcher.Dispose();
    }

    private static async Task CheckExposureAsync(IConnectionListener listener, CloudRefinerOptions options, ILogger log)
    {
        if (!listener.IsLocal && options.Token is null)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
            throw new SessionException(
                $"{listener.Address} can be reached from other machines, and no token is asked for. Set a token, or listen on 127.0.0.1.");
        }

        if (!listener.IsLocal && !listener.IsEncrypted)
        {
            log.NotEncrypted(listener.Address);
        }
    }

    private async Task RunAsync()
    {
        var runs = new HashSet<Task>();
        while (await dispatcher.NextAsync().ConfigureAwait(false) is { } job)
        {
            runs.RemoveWhere(run => run.IsCompleted);
            runs.Add(Task.Run(() => RunAsync(job)));
        }

        await Task.WhenAll(runs).ConfigureAwait(false);
    }

    private async Task RunAsync(RefinementJob job)
    {
        var (outcome, compute) = await backend.RunAsync(job, dispatcher).ConfigureAwait(false);
        dispatcher.Finish(job, outcome, compute);
    }
}
