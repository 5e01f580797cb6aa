using DiffusionX.Hosting.Models;
using DiffusionX.Hosting.Sessions;

namespace DiffusionX.Hosting.Http;

/// <summary>Finds the session that a request is about.</summary>
internal sealed class SessionFinder(HostedSessions sessions, HostedModels models)
{
    /// <exception cref="SessionNotFoundException">There is none of that name.</exception>
    /// <exception cref="ApiException">Its model is not loaded yet.</exception>
    public HostedSession Find(string id)
    {
        var session = sessions.Get(id);
        ImagesApi.ThrowIfNotReady(models.IsReady(session.Model), models);
        return session;
    }
}
