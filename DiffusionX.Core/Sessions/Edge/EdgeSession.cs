using DiffusionX.Checkpoints.Lora;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Saving;
using DiffusionX.Transport;

namespace DiffusionX.Sessions.Edge;

/// <summary>
/// One user's way to a picture: a preview for every prompt, each drawn by the edge's model from the latent of the one before, and at the
/// end a refinement in the cloud. What runs in the model runs one after another; a call that fails or is cancelled leaves the session as it
/// was.
/// </summary>
public sealed class EdgeSession : IAsyncDisposable
{
    private static readonly RoundOptions EveryRound = new();

    private readonly DiffusionModel model;
    private readonly EdgeSessionOptions options;
    private readonly SessionHistory history;
    private readonly ModelFingerprints fingerprints;
    private readonly CloudLink cloud;
    private readonly RefinementMeasurements measured;
    private readonly RefinementPlans plans;
    private readonly LoraHashes hashes = new();
    private readonly Speculator? speculator;
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly CancellationTokenSource closing = new();
    private StrengthPrefetch? prefetch;

    private EdgeSession(DiffusionModel model, ITransport link, EdgeSessionOptions options, ModelFingerprints fingerprints, SessionHistory history)
    {
        this.model = model;
        this.options = options;
        this.fingerprints = fingerprints;
        this.history = history;
        cloud = new CloudLink(link, options, fingerprints);
        measured = new RefinementMeasurements(options.TimeProvider);
        plans = new RefinementPlans(model, fingerprints, measured);
        speculator = options.Refinement.Speculate ? new Speculator(RefineAheadAsync, options.TimeProvider) : null;
    }

    /// <summary>All rounds, in the order in which they were drawn.</summary>
    public IReadOnlyList<Round> Rounds => history.Rounds;

    /// <summary>The round from whose latent the next one starts, or null where the next one starts from noise.</summary>
    public Round? Current => history.Current;

    /// <summary>The rounds that led to <see cref="Current"/>, with it, from the first.</summary>
    public IReadOnlyList<Round> Path => history.Path;

    /// <summary>How drafts are refined, unless a call says otherwise.</summary>
    public RefinementOptions Refinement => options.Refinement;

    /// <summary>
    /// The seed of the rounds to come: the first round of a path draws with it, and each later one with one more, so that no round puts the
    /// noise on a latent that it was made from.
    /// </summary>
    public long Seed
    {
        get => history.Seed;
        set => history.Seed = value;
    }

    /// <summary>Opens a session. The cloud is not reached before it is needed, unless <see cref="EdgeSessionOptions.ConnectsAhead"/> says so.</summary>
    /// <param name="edge">The model that draws previews; it stays the caller's.</param>
    /// <param name="link">The way to the cloud.</param>
    /// <param name="options">The settings.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="SessionException">A setting is out of range.</exception>
    public static Task<EdgeSession> OpenAsync(
        DiffusionModel edge, ITransport link, EdgeSessionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return OpenAsync(edge, link, options, _ => new SessionHistory(options.Seed), cancellationToken);
    }

    /// <summary>
    /// Opens a session again that <see cref="SaveAsync"/> wrote, with all its rounds and where it stood; its seed comes from the file.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="edge">A model with the VAE of the one that drew the rounds; it stays the caller's.</param>
    /// <param name="link">The way to the cloud.</param>
    /// <param name="options">The settings of what follows.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="SessionException">The file can't be read, is damaged, or belongs to another VAE; or a setting is out of
    /// range.</exception>
    public static Task<EdgeSession> ReopenAsync(
        string path, DiffusionModel edge, ITransport link, EdgeSessionOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return OpenAsync(edge, link, options, fingerprints => SessionFile.Read(path, fingerprints.Vae), cancellationToken);
    }

    /// <summary>
    /// Closes this session and opens its rounds again, where it stood, under other settings, over another link, or with another model of
    /// the same VAE.
    /// </summary>
    /// <param name="edge">The model that draws the previews to come; it stays the caller's.</param>
    /// <param name="link">The way to the cloud.</param>
    /// <param name="options">The settings of what follows; the seed stays the session's.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="SessionException">The model has another VAE than the one that drew the rounds, or a setting is out of range; this
    /// session stays open.</exception>
    public async Task<EdgeSession> ReopenAsync(DiffusionModel edge, ITransport link, EdgeSessionOptions options, CancellationToken cancellationToken = default)
    {
        var reopened = await OpenAsync(edge, link, options, CopyHistory, cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
        return reopened;
    }

    /// <summary>
    /// Draws a preview: from noise where the session has no <see cref="Current"/> round, else from its latent, with as much noise as the
    /// change of prompt needs.
    /// </summary>
    /// <param name="prompt">What the picture should show now.</param>
    /// <param name="progress">Told after each step, on the model's compute thread.</param>
    /// <param name="cancellationToken">Stops within one step; the session stays at its last round.</param>
    /// <exception cref="GenerationException">A setting can't be met, or the run gave no picture.</exception>
    /// <exception cref="Runtime.DeviceMemoryException">The device ran out of memory; the session stays at its last round.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<Draft> PromptAsync(string prompt, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return InTurnAsync(token => DrawAsync(prompt, EveryRound, progress, token), cancellationToken);
    }

    /// <summary>
    /// Draws a preview as <paramref name="round"/> has it: from a picture, of a region alone, or with a noise of the caller's choice.
    /// </summary>
    /// <param name="prompt">What the picture should show now.</param>
    /// <param name="round">What this round does otherwise.</param>
    /// <param name="progress">Told after each step, on the model's compute thread.</param>
    /// <param name="cancellationToken">Stops within one step; the session stays at its last round.</param>
    /// <exception cref="SessionException">There is no round to redraw a region of, or an option is out of range.</exception>
    /// <exception cref="GenerationException">A setting can't be met, or the run gave no picture.</exception>
    /// <exception cref="Runtime.DeviceMemoryException">The device ran out of memory; the session stays at its last round.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<Draft> PromptAsync(
        string prompt, RoundOptions round, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(round);
        round.Validate();
        return InTurnAsync(token => DrawAsync(prompt, round, progress, token), cancellationToken);
    }

    /// <summary>How much noise a round with this prompt would put on the current one's latent, before it is drawn.</summary>
    /// <param name="prompt">What the picture should show.</param>
    /// <param name="cancellationToken">Stops the prediction.</param>
    /// <returns>From 0 to 1; 1 where the round would start from noise.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<double> PredictStrengthAsync(string prompt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return InTurnAsync(token => new DraftGenerator(model, options, history, measured).PredictStrengthAsync(prompt, token).AsTask(), cancellationToken);
    }

    /// <summary>Goes back to the round that the current one started from, or to before the first one. Nothing is lost.</summary>
    /// <returns>The round that is current now.</returns>
    /// <exception cref="SessionException">There is nothing to undo.</exception>
    public Round? Undo() => Moved(history.Undo());

    /// <summary>Goes back, or forth, to any round, so that the next one branches off from it. Nothing is lost.</summary>
    /// <param name="number">The round's number.</param>
    /// <returns>The round, which is current now.</returns>
    /// <exception cref="SessionException">There is no such round.</exception>
    public Round GoBackTo(int number) => Moved(history.GoTo(number))!;

    /// <summary>Draws the picture of a round again, from its latent.</summary>
    /// <param name="round">A round of this session.</param>
    /// <param name="cancellationToken">Takes the call back before it starts.</param>
    public Task<Picture> ShowAsync(Round round, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(round);
        return model.DecodeAsync(round.Latent, cancellationToken);
    }

    /// <summary>Reaches the cloud now rather than with the first refinement.</summary>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What the cloud calls itself.</returns>
    /// <exception cref="TransportException">The cloud can't be reached, or refuses.</exception>
    public async Task<string> ConnectAsync(CancellationToken cancellationToken = default)
    {
        var connection = await cloud.ConnectAsync(cancellationToken).ConfigureAwait(false);
        return connection.Welcome.Server;
    }

    /// <summary>
    /// Has the current round's draft refined: in the cloud, over as many attempts as the idle timeout and the deadline allow, and where the
    /// cloud can't and the options allow it, by the edge's own model.
    /// </summary>
    /// <param name="progress">Told where the refinement is, on several threads, one report at a time.</param>
    /// <param name="cancellationToken">Stops here at once, and the cloud within one step.</param>
    /// <exception cref="SessionException">There is no round to refine.</exception>
    /// <exception cref="RefinementException">The cloud did not refine it, and the edge was not allowed to. The session is as it
    /// was.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<RefinedImage> FinalizeAsync(IProgress<RefinementProgress>? progress = null, CancellationToken cancellationToken = default) =>
        InTurnAsync(token => RefineAsync(DraftToRefine, progress, token), cancellationToken);

    /// <summary>
    /// Has the current round's draft refined with other options than the session's (<see cref="Refinement"/>), this time alone: in a region
    /// of its own, or with another noise. What was refined ahead with the session's options is given up.
    /// </summary>
    /// <param name="refinement">How it is refined.</param>
    /// <param name="progress">Told where the refinement is, on several threads, one report at a time.</param>
    /// <param name="cancellationToken">Stops here at once, and the cloud within one step.</param>
    /// <exception cref="SessionException">There is no round to refine, or an option is out of range.</exception>
    /// <exception cref="RefinementException">The cloud did not refine it, and the edge was not allowed to. The session is as it
    /// was.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<RefinedImage> FinalizeAsync(
        RefinementOptions refinement, IProgress<RefinementProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(refinement);
        var changed = options with { Refinement = refinement };
        changed.Validate();
        return InTurnAsync(
            token =>
            {
                speculator?.KeepOnly(null);
                return RefineAsync(DraftToRefine, changed, progress, token);
            },
            cancellationToken);
    }

    /// <summary>The same, with as much of the draft kept as is said here, whatever the options and predictors would have.</summary>
    /// <param name="keep">
    /// From 0, where the refinement draws nearly anew, to 1, where it touches up the finest details alone; more never puts more noise on it. 0.5 puts
    /// 0.38 of the noise on the draft, as a strength says it.
    /// </param>
    /// <param name="progress">Told where the refinement is, on several threads, one report at a time.</param>
    /// <param name="cancellationToken">Stops here at once, and the cloud within one step.</param>
    /// <exception cref="SessionException">There is no round to refine, or the number is out of range.</exception>
    /// <exception cref="RefinementException">The cloud did not refine it, and the edge was not allowed to. The session is as it
    /// was.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<RefinedImage> FinalizeAsync(double keep, IProgress<RefinementProgress>? progress = null, CancellationToken cancellationToken = default) =>
        FinalizeAsync(options.Refinement.Keeping(keep), progress, cancellationToken);

    /// <summary>Writes the session to a file: its rounds with their latents, its seed, and where it stands.</summary>
    /// <param name="path">The file; one that is there is replaced when the new one is whole.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <exception cref="SessionException">The file can't be written.</exception>
    public Task SaveAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return SessionFile.WriteAsync(path, history.Snapshot(), fingerprints.Vae, cancellationToken);
    }

    /// <summary>Stops what runs and closes the connection to the cloud. The model stays.</summary>
    public async ValueTask DisposeAsync()
    {
        if (closing.IsCancellationRequested)
        {
            return;
        }

        await closing.CancelAsync().ConfigureAwait(false);
        await gate.WaitAsync().ConfigureAwait(false);
        if (speculator is not null)
        {
            await speculator.DisposeAsync().ConfigureAwait(false);
        }

        await EndPrefetchAsync().ConfigureAwait(false);
        await cloud.DisposeAsync().ConfigureAwait(false);
        closing.Dispose();
    }

    private static async Task<EdgeSession> OpenAsync(
        DiffusionModel edge, ITransport link, EdgeSessionOptions options, Func<ModelFingerprints, SessionHistory> history, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(edge);
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var fingerprints = await edge.FingerprintAsync(cancellationToken).ConfigureAwait(false);
        return new EdgeSession(edge, link, options, fingerprints, history(fingerprints));
    }

    private SessionHistory CopyHistory(ModelFingerprints theirs) => theirs.Vae == fingerprints.Vae || Rounds.Count == 0
        ? new SessionHistory(history.Snapshot())
        : throw new SessionException("The session's rounds were drawn with another VAE than this model has. Choose one with the same, or begin another session.");

    private async Task<Draft> DrawAsync(string prompt, RoundOptions round, IProgress<GenerationProgress>? progress, CancellationToken cancellationToken)
    {
        speculator?.KeepOnly(null);
        if (options.ConnectsAhead)
        {
            cloud.ConnectAhead();
        }

        await EndPrefetchAsync().ConfigureAwait(false);
        var draft = await new DraftGenerator(model, options, history, measured).DrawAsync(prompt, round, progress, cancellationToken).ConfigureAwait(false);
        prefetch = StrengthPrefetch.TryStart(model, options, draft.Round, draft.Picture);
        speculator?.Begin(draft.Round);
        return draft;
    }

    private async ValueTask EndPrefetchAsync()
    {
        if (prefetch is { } ended)
        {
            prefetch = null;
            await ended.DisposeAsync().ConfigureAwait(false);
        }
    }

    private Round DraftToRefine => Current ?? throw new SessionException("There is no draft to refine yet. Draw one with a prompt first.");

    private Task<RefinedImage> RefineAsync(Round round, IProgress<RefinementProgress>? progress, CancellationToken cancellationToken)
    {
        Task<RefinedImage> RefineNow() => RefineAsync(round, options, progress, cancellationToken);
        return speculator is null ? RefineNow() : speculator.AcceptAsync(round, RefineNow, progress, cancellationToken);
    }

    // What nobody has asked for yet is no reason to keep the edge's model busy.
    private Task<RefinedImage> RefineAheadAsync(Round round, IProgress<RefinementProgress> progress, CancellationToken cancellationToken) =>
        RefineAsync(round, options with { Refinement = options.Refinement with { FallBackToEdge = false } }, progress, cancellationToken);

    private Task<RefinedImage> RefineAsync(
        Round round, EdgeSessionOptions refining, IProgress<RefinementProgress>? progress, CancellationToken cancellationToken) =>
        new RefinementOperation(model, cloud, refining, hashes, round, Prefetch(round), plans, measured, progress).RunAsync(cancellationToken);

    private StrengthPrefetch? Prefetch(Round round) => prefetch is { IsWanted: true } && prefetch.Round == round ? prefetch : null;

    private Round? Moved(Round? round)
    {
        speculator?.KeepOnly(round);
        if (prefetch?.Round != round)
        {
            prefetch?.Cancel();
        }

        return round;
    }

    private async Task<T> InTurnAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
        await gate.WaitAsync(either.Token).ConfigureAwait(false);
        try
        {
            return await work(either.Token).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }
}
