using DiffusionX.Hosting.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DiffusionX.Hosting.Http;

/// <summary>
/// What all endpoints have in common: the key is checked before the body is read, the body is bounded, and every failure is an answer in
/// OpenAI's shape.
/// </summary>
internal sealed partial class ApiEndpointFilter(ApiKeys keys, IOptions<DiffusionXOptions> options, ILogger<ApiEndpointFilter> log) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        try
        {
            if (http.GetEndpoint()?.Metadata.GetMetadata<NeedsNoKey>() is null)
            {
                keys.Check(http.Request);
            }

            BoundBody(http);
            return await next(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            ClientLeft(http.Request.Method, http.Request.Path);
        }
        catch (Exception error)
        {
            await AnswerAsync(http, error).ConfigureAwait(false);
        }

        return Results.Empty;
    }

    // The rest of one that is too large is read for a while after the answer, so that the answer reaches a client that is still sending.
    private void BoundBody(HttpContext http)
    {
        var most = options.Value.Http.MaxBodyBytes;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        if (http.Request.ContentLength > most)
        {
            throw ErrorResponses.TooLarge();
        }

        http.Request.Body = new BoundedStream(http.Request.Body, most);
    }

    private async Task AnswerAsync(HttpContext http, Exception error)
    {
        var answer = ErrorResponses.Of(error);
        if (answer.Status >= StatusCodes.Status500InternalServerError && error is not ApiException)
        {
            Failed(http.Request.Method, http.Request.Path, error);
        }

        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        await ErrorResponses.WriteAsync(http, answer).ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Method} {Path}: the client left.")]
    private partial void ClientLeft(string method, PathString path);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed.")]
    private partial void Failed(string method, PathString path, Exception error);
}

/// <summary>Marks an endpoint whose body is a form.</summary>
/// <param name="OrJson">Whether it takes JSON too, with pictures in base 64.</param>
internal sealed record FormBody(bool OrJson = false);

/// <summary>Marks an endpoint that takes no key: its address is one.</summary>
internal sealed class NeedsNoKey;
