using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;

namespace DiffusionX.Hosting.Http;

/// <summary>A server-sent event; what it carries is made when it is sent, off the model's thread.</summary>
internal sealed record ServerEvent(string Name, Func<byte[]> Json);

/// <summary>
/// Answers with server-sent events while something is drawn. Nothing is sent before the first of them is there, so that what can't be
/// drawn is an error like any other. A client
/// that reads slowly holds up nobody, and one that leaves stops the drawing.
/// </summary>
internal static class EventStream
{
    /// <param name="context">The request.</param>
    /// <param name="gate">Where it waits for its turn.</param>
    /// <param name="draw">Draws, and writes the events.</param>
    public static async Task AnswerAsync(HttpContext context, RequestGate gate, Func<ChannelWriter<ServerEvent>, CancellationToken, Task> draw)
    {
        var lease = await gate.EnterAsync(context.RequestAborted).ConfigureAwait(false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var events = Channel.CreateUnbounded<ServerEvent>(new UnboundedChannelOptions { SingleReader = true });
        var drawing = DrawAsync(lease, draw, events.Writer, stop.Token);
        try
        {
            await SendAllAsync(context, events.Reader).ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await drawing.ConfigureAwait(false);
        }
    }

    private static async Task DrawAsync(IDisposable lease, Func<ChannelWriter<ServerEvent>, CancellationToken, Task> draw, ChannelWriter<ServerEvent> events, CancellationToken cancellationToken)
    {
        using var turn = lease;
        try
        {
            await draw(events, cancellationToken).ConfigureAwait(false);
            events.TryComplete();
        }
        catch (Exception error)
        {
            events.TryComplete(error);
        }
    }

    private static async Task SendAllAsync(HttpContext context, ChannelReader<ServerEvent> events)
    {
        if (!await events.WaitToReadAsync(context.RequestAborted).ConfigureAwait(false))
        {
            return;
        }

        Begin(context.Response);
        try
        {
            await foreach (var each in events.ReadAllAsync(context.RequestAborted).ConfigureAwait(false))
            {
                await SendAsync(context, each.Name, each.Json()).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (!context.RequestAborted.IsCancellationRequested)
        {
            await SendAsync(context, "error", ErrorResponses.Body(ErrorResponses.Of(error))).ConfigureAwait(false);
        }
    }

    private static void Begin(HttpResponse response)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>Begins an answer of events before there is one.</summary>
    public static Task BeginAsync(HttpContext context)
    {
        Begin(context.Response);
        return context.Response.StartAsync(context.RequestAborted);
    }

    /// <summary>Sends a comment, which clients pass over.</summary>
    public static async Task SendHeartbeatAsync(HttpContext context)
    {
        await context.Response.Body.WriteAsync(": \n\n"u8.ToArray(), context.RequestAborted).ConfigureAwait(false);
        await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>Sends an event.</summary>
    public static async Task SendAsync(HttpContext context, string name, byte[] json)
    {
        var body = context.Response.Body;
        await body.WriteAsync(Encoding.UTF8.GetBytes($"event: {name}\ndata: "), context.RequestAborted).ConfigureAwait(false);
        await body.WriteAsync(json, context.RequestAborted).ConfigureAwait(false);
        await body.WriteAsync("\n\n"u8.ToArray(), context.RequestAborted).ConfigureAwait(false);
        await body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
    }
}
