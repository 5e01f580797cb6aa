using System.Collections.Concurrent;
using System.Security.Cryptography;
using DiffusionX.Hosting.Configuration;
using DiffusionX.Hosting.Models;
using DiffusionX.Hosting.Refining;
using DiffusionX.Sessions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Sessions;

/// <summary>
/// A host's sessions, by name. Where its options name a folder they are saved there and survive a restart; a session that nobody uses is
/// closed after a while, and opened again
/// when it is asked for.
/// </summary>
public sealed class HostedSessions : IAsyncDisposable
{
    private const int LongestId = 64;

    private readonly SessionsOptions options;
    private readonly HostedModels models;
    private readonly EdgeSessionFactory factory;
    private readonly TimeProvider time;
    private readonly SessionFolder? folder;
    private readonly ConcurrentDictionary<string, HostedSession> sessions = new(StringComparer.Ordinal);
    private readonly Lock opening = new();
    private readonly ITimer idleness;

    internal HostedSessions(
        IOptions<DiffusionXOptions> options, HostedModels models, EdgeSessionFactory factory, IHostEnvironment environment, TimeProvider time, ILogger<HostedSessions> log)
    {
        this.options = options.Value.Sessions;
        this.models = models;
        this.factory = factory;
        this.time = time;
        folder = this.options.Folder is { } path ? new SessionFolder(Path.Combine(environment.ContentRootPath, path)) : null;
        foreach (var saved in folder?.Read(log.PassedOver) ?? [])
        {
            sessions[saved.Id] = Make(saved);
        }

        idleness = time.CreateTimer(_ => _ = CloseIdleAsync(), null, this.options.IdleTimeout, this.options.IdleTimeout / 4);
    }

    /// <summary>All sessions, the youngest first.</summary>
    public IReadOnlyList<HostedSession> All => [.. sessions.Values.OrderByDescending(session => session.Created).ThenBy(session => session.Id, StringComparer.Ordinal)];

    /// <summary>Begins a session under a new name that nobody can guess.</summary>
    /// <param name="settings">How it draws; null for what the host's options and the model have.</param>
    /// <exception cref="ModelNotFoundException">There is no model of that name.</exception>
    /// <exception cref="SessionLimitException">There are as many sessions as the host keeps.</exception>
    /// <exception cref="SessionException">It can't be saved.</exception>
    public HostedSession Begin(SessionSettings? settings = null) => Begin($"session_{RandomNumberGenerator.GetHexString(32, lowercase: true)}", settings ?? new SessionSettings());

    /// <summary>The session of that name.</summary>
    /// <param name="id">Its name.</param>
    /// <exception cref="SessionNotFoundException">There is none.</exception>
    public HostedSession Get(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return sessions.TryGetValue(id, out var session)
            ? session
            : throw new SessionNotFoundException($"There is no session '{(id.Length <= LongestId ? id : id[..LongestId] + "…")}' here, or no longer.");
    }

    /// <summary>
    /// The session of that name, begun now if there is none: for programs that have names of their own, such as a user's.
    /// </summary>
    /// <param name="id">Its name: 1 to 64 letters of ASCII, digits, hyphens and underscores.</param>
    /// <param name="settings">How it draws, if it is begun.</param>
    /// <exception cref="SessionException">It is no such name, or the session can't be saved.</exception>
    /// <exception cref="SessionLimitException">There are as many sessions as the host keeps.</exception>
    public HostedSession GetOrBegin(string id, SessionSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(id);
        return sessions.TryGetValue(id, out var session) ? session : Begin(id, settings ?? new SessionSettings());
    }

    /// <summary>Ends a session and deletes what was saved of it.</summary>
    /// <param name="id">Its name.</param>
    /// <exception cref="SessionNotFoundException">There is none.</exception>
    public async Task DeleteAsync(string id)
    {
        var session = Get(id);
        sessions.TryRemove(id, out _);
        await session.EndAsync().ConfigureAwait(false);
        session.Feed.Publish(new SessionUpdate(SessionUpdateKind.Deleted));
        folder?.Delete(id);
    }

    /// <summary>Closes all sessions; what is saved stays.</summary>
    public async ValueTask DisposeAsync()
    {
        await idleness.DisposeAsync().ConfigureAwait(false);
        foreach (var session in sessions.Values)
        {
            await session.EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Closes the sessions that nobody has used for a while; those in memory alone are gone with it.</summary>
    internal async Task CloseIdleAsync()
    {
        var oldest = time.GetUtcNow() - options.IdleTimeout;
        foreach (var session in sessions.Values.Where(session => session.LastUsed <= oldest))
        {
            var closed = await session.TryCloseAsync().ConfigureAwait(false);
            if (closed && folder is null && sessions.TryRemove(session.Id, out _))
            {
                await session.EndAsync().ConfigureAwait(false);
            }
        }
    }

    private HostedSession Begin(string id, SessionSettings settings)
    {
        if (id.Length is 0 or > LongestId || !id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_'))
        {
            throw new SessionException($"A session's name has 1 to {LongestId} letters of ASCII, digits, hyphens and underscores; this one is not so.");
        }

        _ = models.IsReady(factory.ModelOf(settings));
        lock (opening)
        {
            if (sessions.TryGetValue(id, out var there))
            {
                return there;
            }

            if (sessions.Count >= options.MaxSessions)
            {
                throw new SessionLimitException($"There are {options.MaxSessions} sessions, as many as this host keeps. Delete one, or come again later.");
            }

            var saved = new SavedSettings(id, time.GetUtcNow(), settings with { Seed = settings.Seed ?? Random.Shared.Next() });
            folder?.Write(saved);
            return sessions[id] = Make(saved);
        }
    }

    private HostedSession Make(SavedSettings saved) => new(saved, factory, folder, options, time);
}

/// <summary>What a host tells of its sessions.</summary>
internal static partial class SessionLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} is no session's settings, and was passed over: {Reason}")]
    public static partial void PassedOver(this ILogger log, string file, string reason);
}
