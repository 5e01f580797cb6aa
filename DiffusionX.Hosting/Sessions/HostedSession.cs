using System.Diagnostics.CodeAnalysis;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Images;
using DiffusionX.Hosting.Refining;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Edge;

namespace DiffusionX.Hosting.Sessions;

/// <summary>
/// One user's session with a host: an <see cref="EdgeSession"/> that is saved after each change, closed when nobody uses it, and opened
/// again when somebody does. Calls run
/// one after another; one that fails or is cancelled leaves the session as it was.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore that nobody asks for its wait handle holds nothing.")]
public sealed class HostedSession
{
    private readonly EdgeSessionFactory factory;
    private readonly SessionFolder? folder;
    private readonly SessionsOptions limits;
    private readonly TimeProvider time;
    private readonly Lazy<FinalImages> finals;
    private readonly RoundPictures pictures = new();
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly SemaphoreSlim opening = new(1, 1);
    private SavedSettings saved;
    private EdgeSession? session;
    private CancellationTokenSource stopping = new();
    private bool ended;

    internal HostedSession(SavedSettings saved, EdgeSessionFactory factory, SessionFolder? folder, SessionsOptions limits, TimeProvider time)
    {
        this.saved = saved;
        this.factory = factory;
        this.folder = folder;
        this.limits = limits;
        this.time = time;
        finals = new Lazy<FinalImages>(() => new FinalImages(folder?.FinalsOf(saved.Id)));
        LastUsed = time.GetUtcNow();
    }

    /// <summary>What the host knows the session by.</summary>
    public string Id => saved.Id;

    /// <summary>When it was begun.</summary>
    public DateTimeOffset Created => saved.Created;

    /// <summary>How it draws what comes next.</summary>
    public SessionSettings Settings => saved.Settings;

    /// <summary>The final pictures that it keeps, in the order in which they were refined.</summary>
    public IReadOnlyList<FinalImage> FinalImages => finals.Value.All;

    /// <summary>The name of the model that draws its previews.</summary>
    public string Model => factory.ModelOf(Settings);

    /// <summary>When it was used last.</summary>
    internal DateTimeOffset LastUsed { get; private set; }

    /// <summary>What lists tell of it.</summary>
    internal SessionSummary? Summary => saved.Summary;

    /// <summary>What happens in it.</summary>
    internal SessionFeed Feed { get; } = new();

    /// <summary>The rounds, and which one is current. It does not wait for what is being drawn.</summary>
    /// <param name="cancellationToken">Stops the opening.</param>
    public async Task<SessionState> GetStateAsync(CancellationToken cancellationToken = default)
    {
        var state = State(await OpenAsync(cancellationToken).ConfigureAwait(false));
        LastUsed = time.GetUtcNow();
        return state;
    }

    /// <summary>Has it draw with other settings from the next round on.</summary>
    /// <param name="settings">The settings; a seed of null leaves the seed as it is.</param>
    /// <param name="cancellationToken">Stops the wait for what is being drawn, and the opening.</param>
    /// <exception cref="Models.ModelNotFoundException">There is no model of that name.</exception>
    /// <exception cref="SessionException">The rounds were drawn by a model with another VAE, or a setting is out of range; the session keeps
    /// the settings that it had.</exception>
    public Task<SessionState> ChangeAsync(SessionSettings settings, CancellationToken cancellationToken = default) => UseAsync(
        async open =>
        {
            var wanted = settings with { Seed = settings.Seed ?? open.Seed };
            session = await factory.ReopenAsync(open, wanted, limits.Previews, cancellationToken).ConfigureAwait(false);
            session.Seed = wanted.Seed.Value;
            saved = saved with { Settings = wanted, Earlier = [.. saved.Earlier.Where(earlier => earlier.LastRound < open.Rounds.Count), new EarlierSettings(open.Rounds.Count, saved.Settings)] };
            return Moved(session);
        },
        saves: true,
        cancellationToken);

    /// <summary>How much noise a round with this prompt would put on the current one, before it is drawn.</summary>
    /// <param name="prompt">What the picture should show.</param>
    /// <param name="cancellationToken">Stops the prediction.</param>
    /// <returns>From 0 to 1.</returns>
    public Task<double> PredictStrengthAsync(string prompt, CancellationToken cancellationToken = default) =>
        UseAsync(open => open.PredictStrengthAsync(prompt, cancellationToken), saves: false, cancellationToken);

    /// <summary>Stops what is being drawn, and what waits for it. The session stays at its last round.</summary>
    public void Cancel()
    {
        // Nobody asks it for a wait handle, so it holds nothing that would have to be freed.
        Interlocked.Exchange(ref stopping, new CancellationTokenSource()).Cancel();
    }

    /// <summary>Draws a preview. See <see cref="EdgeSession"/>.</summary>
    /// <param name="prompt">What the picture should show now.</param>
    /// <param name="progress">Told after each step, on the model's compute thread; now and then with a small preview.</param>
    /// <param name="cancellationToken">Stops within one step; the session stays at its last round.</param>
    /// <exception cref="SessionLimitException">The session has as many rounds as the host allows.</exception>
    public Task<Draft> PromptAsync(string prompt, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        PromptAsync(prompt, new RoundOptions(), progress, cancellationToken);

    /// <summary>Draws a preview from a picture, of a region alone, or with a noise of the caller's choice.</summary>
    /// <param name="prompt">What the picture should show now.</param>
    /// <param name="round">What this round does otherwise than the session's others.</param>
    /// <param name="progress">Told after each step, on the model's compute thread; now and then with a small preview.</param>
    /// <param name="cancellationToken">Stops within one step; the session stays at its last round.</param>
    /// <exception cref="SessionLimitException">The session has as many rounds as the host allows.</exception>
    /// <exception cref="SessionException">There is no round to redraw a region of.</exception>
    public Task<Draft> PromptAsync(string prompt, RoundOptions round, IProgress<GenerationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(round);
        var added = round.InitImage is null ? 1 : 2;
        return OperateAsync(
            open => new SessionOperation(prompt, open.Current?.Number, IsRefinement: false),
            (open, operation, stop) => open.Rounds.Count + added <= limits.MaxRounds
                ? open.PromptAsync(prompt, round, Tell(operation, progress), stop)
                : throw new SessionLimitException($"The session has {open.Rounds.Count} rounds, and this host keeps {limits.MaxRounds}. Begin another one."),
            draft =>
            {
                pictures.Add(draft.Round.Number, draft.Picture);
                return new SessionUpdate(SessionUpdateKind.Completed) { Round = draft.Round };
            },
            saves: true,
            cancellationToken);
    }

    /// <summary>Goes back to the round that the current one started from, or to before the first one.</summary>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="SessionException">There is nothing to undo.</exception>
    public Task<SessionState> UndoAsync(CancellationToken cancellationToken = default) => UseAsync(
        open =>
        {
            open.Undo();
            return Task.FromResult(Moved(open));
        },
        saves: true,
        cancellationToken);

    /// <summary>Goes back, or forth, to any round, so that the next one branches off from it.</summary>
    /// <param name="round">The round's number.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="SessionException">There is no such round.</exception>
    public Task<SessionState> GoBackToAsync(int round, CancellationToken cancellationToken = default) => UseAsync(
        open =>
        {
            open.GoBackTo(round);
            return Task.FromResult(Moved(open));
        },
        saves: true,
        cancellationToken);

    /// <summary>Has the current round's draft refined in the cloud. See <see cref="EdgeSession"/>.</summary>
    /// <param name="progress">Told where the refinement is.</param>
    /// <param name="cancellationToken">Stops here at once, and the cloud within one step.</param>
    /// <exception cref="SessionException">There is no round to refine, or the host has no cloud.</exception>
    public Task<RefinedImage> FinalizeAsync(IProgress<RefinementProgress>? progress = null, CancellationToken cancellationToken = default) =>
        FinalizeAsync(null, progress, cancellationToken);

    /// <summary>Has the current round's draft refined with other options, this time alone: in a region, or with another noise.</summary>
    /// <param name="change">Changes the host's options; null leaves them.</param>
    /// <param name="progress">Told where the refinement is.</param>
    /// <param name="cancellationToken">Stops here at once, and the cloud within one step.</param>
    /// <exception cref="SessionException">There is no round to refine, or the host has no cloud.</exception>
    public Task<RefinedImage> FinalizeAsync(
        Func<RefinementOptions, RefinementOptions>? change, IProgress<RefinementProgress>? progress = null, CancellationToken cancellationToken = default) => OperateAsync(
        open => new SessionOperation(open.Current?.Prompt ?? "", open.Current?.Number, IsRefinement: true),
        (open, operation, stop) => (factory.HasCloud, change) switch
        {
            (false, _) => throw new SessionException("This host has no cloud to refine drafts. Name one in its options: DiffusionX:Cloud."),
            (true, null) => open.FinalizeAsync(Tell(operation, progress), stop),
            (true, _) => open.FinalizeAsync(change(open.Refinement), Tell(operation, progress), stop),
        },
        refined => new SessionUpdate(SessionUpdateKind.Completed) { Final = finals.Value.Add(refined) },
        saves: false,
        cancellationToken);

    /// <summary>A final picture's PNG, with how it was made as text.</summary>
    /// <param name="number">The final picture's number.</param>
    /// <exception cref="SessionException">There is no such picture, or its file can't be read.</exception>
    public byte[] ShowFinal(int number) => finals.Value.Read(number);

    /// <summary>The settings that a round was drawn with.</summary>
    internal SessionSettings SettingsOf(int round) => saved.Of(round);

    /// <summary>The picture of a round: as it was drawn, or drawn again from its latent.</summary>
    /// <param name="round">The round's number.</param>
    /// <param name="cancellationToken">Takes the call back before it starts.</param>
    /// <exception cref="SessionException">There is no such round.</exception>
    public async Task<Picture> ShowAsync(int round, CancellationToken cancellationToken = default) => pictures.Find(round) ?? await UseAsync(
        open => open.ShowAsync(open.Rounds.ElementAtOrDefault(round - 1) ?? throw new SessionException($"There is no round {round}; the session has {open.Rounds.Count}."), cancellationToken),
        saves: false,
        cancellationToken).ConfigureAwait(false);

    /// <summary>Closes what is open, unless it is in use; it is opened again when it is needed.</summary>
    internal async Task<bool> TryCloseAsync()
    {
        if (!await gate.WaitAsync(TimeSpan.Zero).ConfigureAwait(false))
        {
            return false;
        }

        try
        {
            await CloseAsync().ConfigureAwait(false);
            return true;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Ends the session: what runs is stopped, and it can't be used any more.</summary>
    internal async Task EndAsync()
    {
        ended = true;
        if (session is { } running)
        {
            // Stops what runs, which gives the gate free.
            await running.DisposeAsync().ConfigureAwait(false);
        }

        await gate.WaitAsync().ConfigureAwait(false);
        try
        {
            await CloseAsync().ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }
    }

    private SessionState Moved(EdgeSession open)
    {
        Feed.Publish(new SessionUpdate(SessionUpdateKind.Changed));
        return State(open);
    }

    private static SessionState State(EdgeSession open) => new(open.Seed, open.Current?.Number, open.Rounds);

    // Whoever watches is told, whoever asked.
    private async Task<T> OperateAsync<T>(
        Func<EdgeSession, SessionOperation> begin,
        Func<EdgeSession, SessionOperation, CancellationToken, Task<T>> run,
        Func<T, SessionUpdate> complete,
        bool saves,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping.Token);
        SessionOperation? operation = null;
        try
        {
            return await UseAsync(
                async open =>
                {
                    operation = begin(open);
                    Feed.Publish(new SessionUpdate(SessionUpdateKind.Started) { Operation = operation });
                    var result = await run(open, operation, stop.Token).ConfigureAwait(false);
                    Feed.Publish(complete(result) with { Operation = operation });
                    return result;
                },
                saves,
                stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Feed.Publish(new SessionUpdate(SessionUpdateKind.Cancelled) { Operation = operation });
            throw;
        }
        catch (Exception error)
        {
            Feed.Publish(new SessionUpdate(SessionUpdateKind.Failed) { Operation = operation, Error = error });
            throw;
        }
    }

    private PreviewProgress<GenerationProgress> Tell(SessionOperation operation, IProgress<GenerationProgress>? progress) => new(step =>
    {
        Feed.Publish(new SessionUpdate(SessionUpdateKind.Progressed) { Operation = operation, Step = step.Step, Steps = step.Steps, Preview = step.Preview });
        progress?.Report(step);
    });

    private PreviewProgress<RefinementProgress> Tell(SessionOperation operation, IProgress<RefinementProgress>? progress) => new(step =>
    {
        Feed.Publish(new SessionUpdate(SessionUpdateKind.Progressed) { Operation = operation, Step = step.Step, Steps = step.Steps, Preview = step.Preview, Refinement = step });
        progress?.Report(step);
    });

    private async Task<T> UseAsync<T>(Func<EdgeSession, Task<T>> use, bool saves, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var result = await use(await OpenAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            if (saves)
            {
                await SaveAsync(session!).ConfigureAwait(false);
            }

            return result;
        }
        catch (Exception) when (ended)
        {
            ThrowIfEnded();
            throw;
        }
        finally
        {
            LastUsed = time.GetUtcNow();
            gate.Release();
        }
    }

    // Apart from the gate, so that a session that draws can be looked at.
    private async Task<EdgeSession> OpenAsync(CancellationToken cancellationToken)
    {
        await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfEnded();
            return session ??= await factory.OpenAsync(Settings, folder?.FileOf(Id), limits.Previews, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            opening.Release();
        }
    }

    private async Task SaveAsync(EdgeSession open)
    {
        saved = saved with { Summary = new SessionSummary(open.Current?.Prompt ?? "", open.Current?.Number, open.Rounds.Count, time.GetUtcNow()) };
        if (folder is not null)
        {
            await open.SaveAsync(folder.FileOf(Id), CancellationToken.None).ConfigureAwait(false);
            folder.Write(saved);
        }
    }

    private void ThrowIfEnded()
    {
        if (ended)
        {
            throw new SessionNotFoundException($"The session {Id} was deleted.");
        }
    }

    private async Task CloseAsync()
    {
        await opening.WaitAsync().ConfigureAwait(false);
        try
        {
            if (session is { } open)
            {
                session = null;
                pictures.Clear();
                await open.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            opening.Release();
        }
    }
}

/// <summary>The rounds of a session, and where it stands.</summary>
/// <param name="Seed">The seed of the rounds to come.</param>
/// <param name="Current">The number of the round from whose latent the next one starts; null where it starts from noise.</param>
/// <param name="Rounds">All rounds, in the order in which they were drawn.</param>
public sealed record SessionState(long Seed, int? Current, IReadOnlyList<Round> Rounds);
