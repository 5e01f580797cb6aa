using System.Text.Json;
using System.Threading.Channels;
using DiffusionX.Hosting.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace DiffusionX.Hosting.Http;

/// <summary>
/// <c>GET /v1/sessions/{id}/events</c>: all that happens in a session, whoever asked for it. It begins with the session as it is, with what
/// is being drawn, so that whoever comes again has missed nothing.
/// </summary>
internal sealed class SessionEventsApi(SessionFinder finder, IHostApplicationLifetime host, TimeProvider time)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    public async Task WatchAsync(HttpContext context, string id)
    {
        var session = finder.Find(id);
        var output = PictureOutput.Read(context.Request.Query["output_format"], null);
        // Nobody is let wait for a host that stops.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, host.ApplicationStopping);
        var stop = either.Token;
        using var watch = session.Feed.Watch();
        var state = await session.GetStateAsync(stop).ConfigureAwait(false);
        var resources = new SessionResources(context.Request.PathBase, session);
        await EventStream.BeginAsync(context).ConfigureAwait(false);
        await SendAsync(new SessionEvent { Type = "session.state", Session = resources.Describe(state), Running = Describe(session.Feed.Running, resources, output) }).ConfigureAwait(false);
        while (await WaitAsync(watch.Updates, context, stop).ConfigureAwait(false))
        {
            while (watch.Updates.TryRead(out var update))
            {
                var told = Describe(update, resources, output)!;
                await SendAsync(update.Kind == SessionUpdateKind.Changed ? told with { Session = resources.Describe(await session.GetStateAsync(stop).ConfigureAwait(false)) } : told)
                    .ConfigureAwait(false);
            }
        }

        Task SendAsync(SessionEvent told) => EventStream.SendAsync(context, told.Type, JsonSerializer.SerializeToUtf8Bytes(told, ApiJson.Web.SessionEvent));
    }

    // A comment now and then shows both ends that the other one is there.
    private async Task<bool> WaitAsync(ChannelReader<SessionUpdate> updates, HttpContext context, CancellationToken stop)
    {
        var more = updates.WaitToReadAsync(stop).AsTask();
        while (true)
        {
            try
            {
                return await more.WaitAsync(Heartbeat, time, stop).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                await EventStream.SendHeartbeatAsync(context).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
            {
                return false;
            }
        }
    }

    private static SessionEvent? Describe(SessionUpdate? update, SessionResources resources, PictureOutput output)
    {
        if (update is null)
        {
            return null;
        }

        var refines = update.Operation?.IsRefinement ?? false;
        return new SessionEvent
        {
            Type = NameOf(update.Kind, refines),
            Prompt = update.Operation?.Prompt,
            Parent = update.Operation?.Round,
            Base64 = update.Preview is { } preview ? output.ToBase64(preview) : null,
            OutputFormat = update.Preview is null ? null : output.Name,
            Step = update.Steps > 0 ? update.Step : null,
            Steps = update.Steps > 0 ? update.Steps : null,
            Stage = update.Refinement is { } refinement ? JsonNamingPolicy.SnakeCaseLower.ConvertName(refinement.Stage.ToString()) : null,
            Attempt = update.Refinement?.Attempt,
            QueuePlace = update.Refinement?.QueuePlace,
            Trouble = update.Refinement?.Trouble,
            Round = update.Round is { } round ? resources.Describe(round) : null,
            FinalImage = update.Final is { } final ? resources.Describe(final) : null,
            Error = update.Error is { } error ? ErrorResponses.Detail(ErrorResponses.Of(error)) : null,
        };
    }

    private static string NameOf(SessionUpdateKind kind, bool refines) => kind switch
    {
        SessionUpdateKind.Changed => "session.changed",
        SessionUpdateKind.Deleted => "session.deleted",
        SessionUpdateKind.Progressed => $"{Drawn(refines)}.partial_image",
        _ => $"{Drawn(refines)}.{kind.ToString().ToLowerInvariant()}",
    };

    private static string Drawn(bool refines) => refines ? "session.final_image" : "session.round";
}
