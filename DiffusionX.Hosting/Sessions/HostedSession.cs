using System.Diagnostics.CodeAnalysis;
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
    private const int Previews = 4;

    private readonly EdgeSessionFactory factory;
    private readonly SessionFolder? folder;
    private readonly int maxRounds;
    private readonly TimeProvider time;
    private readonly SemaphoreSlim gate = new(1, 1);
    private EdgeSession? session;
    private bool ended;

    internal HostedSession(SavedSettings saved, EdgeSessionFactory factory, SessionFolder? folder, int maxRounds, TimeProvider time)
    {
        Id = saved.Id;
        Created = saved.Created;
        Settings = saved.Settings;
        this.factory = factory;
        this.folder = folder;
        this.maxRounds = maxRounds;
        this.time = time;
        LastUsed = time.GetUtcNow();
    }

    /// <summary>What the host knows the session by.</summary>
    public string Id { get; }

    /// <summary>When it was begun.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>How it draws.</summary>
    public SessionSettings Settings { get; }

    /// <summary>The name of the model that draws its previews.</summary>
    public string Model => factory.ModelOf(Settings);

    /// <summary>When it was used last.</summary>
    internal DateTimeOffset LastUsed { get; private set; }

    /// <summary>The rounds, and which one is current.</summary>
    /// <param name="cancellationToken">Stops the opening.</param>
    public Task<SessionState> GetStateAsync(CancellationToken cancellationToken = default) => UseAsync(open => Task.FromResult(State(open)), saves: false, cancellationToken);

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
        return UseAsync(
            open => open.Rounds.Count + added <= maxRounds
                ? open.PromptAsync(prompt, round, progress, cancellationToken)
                : throw new SessionLimitException($"The session has {open.Rounds.Count} rounds, and this host keeps {maxRounds}. Begin another one."),
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
            return Task.FromResult(State(open));
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
            return Task.FromResult(State(open));
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
        Func<RefinementOptions, RefinementOptions>? change, IProgress<RefinementProgress>? progress = null, CancellationToken cancellationToken = default) => UseAsync(
        open => (factory.HasCloud, change) switch
        {
            (false, _) => throw new SessionException("This host has no cloud to refine drafts. Name one in its options: DiffusionX:Cloud."),
            (true, null) => open.FinalizeAsync(progress, cancellationToken),
            (true, _) => open.FinalizeAsync(change(open.Refinement), progress, cancellationToken),
        },
        saves: false,
        cancellationToken);

    /// <summary>Draws the picture of a round again, from its latent.</summary>
    /// <param name="round">The round's number.</param>
    /// <param name="cancellationToken">Takes the call back before it starts.</param>
    /// <exception cref="SessionException">There is no such round.</exception>
    public Task<Picture> ShowAsync(int round, CancellationToken cancellationToken = default) => UseAsync(
        open => open.ShowAsync(open.Rounds.ElementAtOrDefault(round - 1) ?? throw new SessionException($"There is no round {round}; the session has {open.Rounds.Count}."), cancellationToken),
        saves: false,
        cancellationToken);

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

    private static SessionState State(EdgeSession open) => new(open.Seed, open.Current?.Number, open.Rounds);

    private async Task<T> UseAsync<T>(Func<EdgeSession, Task<T>> use, bool saves, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfEnded();
            session ??= await factory.OpenAsync(Settings, folder?.FileOf(Id), Previews, cancellationToken).ConfigureAwait(false);
            var result = await use(session).ConfigureAwait(false);
            if (saves && folder is not null)
            {
                await session.SaveAsync(folder.FileOf(Id), CancellationToken.None).ConfigureAwait(false);
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

    private void ThrowIfEnded()
    {
        if (ended)
        {
            throw new SessionNotFoundException($"The session {Id} was deleted.");
        }
    }

    private async Task CloseAsync()
    {
        if (session is { } open)
        {
            session = null;
            await open.DisposeAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>The rounds of a session, and where it stands.</summary>
/// <param name="Seed">The seed of the rounds to come.</param>
/// <param name="Current">The number of the round from whose latent the next one starts; null where it starts from noise.</param>
/// <param name="Rounds">All rounds, in the order in which they were drawn.</param>
public sealed record SessionState(long Seed, int? Current, IReadOnlyList<Round> Rounds);
