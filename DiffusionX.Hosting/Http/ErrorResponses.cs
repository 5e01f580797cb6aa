using System.Globalization;
using System.Text.Json;
using DiffusionX.Hosting.Models;
using DiffusionX.Hosting.Sessions;
using DiffusionX.Imaging;
using DiffusionX.Pipeline;
using DiffusionX.Runtime;
using DiffusionX.Schedulers;
using DiffusionX.Sessions;
using Microsoft.AspNetCore.Http;

namespace DiffusionX.Hosting.Http;

/// <summary>Makes of an exception what a client is told. Of what is the server's own affair it is told no more than that.</summary>
internal static class ErrorResponses
{
    /// <summary>The error as a client is told it.</summary>
    public static ApiException Of(Exception error) => error switch
    {
        ApiException api => api,
        ModelNotFoundException => new ApiException(404, error.Message, ApiException.InvalidRequest, "model", "model_not_found"),
        SessionNotFoundException => new ApiException(404, error.Message, ApiException.InvalidRequest, "session", "session_not_found"),
        SessionLimitException => new ApiException(429, error.Message, ApiException.RateLimit, code: "session_limit") { RetryAfter = 60 },
        PictureException => ApiException.Invalid("image", error.Message, "invalid_image"),
        GenerationException or SchedulerException or SessionException => ApiException.Invalid(null, error.Message),
        RefinementException => new ApiException(502, error.Message, ApiException.Server, code: "refinement_failed") { RetryAfter = 10 },
        DeviceMemoryException => new ApiException(503, "The device has not enough memory for this. Ask for a smaller picture, or for fewer at once.", ApiException.Server, code: "out_of_memory"),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge(),
        BadHttpRequestException bad => new ApiException(bad.StatusCode, bad.Message, ApiException.InvalidRequest, code: "bad_request"),
        _ => new ApiException(500, "Something went wrong here; the server's log says what.", ApiException.Server, code: "internal_error"),
    };

    public static ApiException TooLarge() => new(413, "The request is larger than this server takes.", ApiException.InvalidRequest, code: "request_too_large");

    public static Task WriteAsync(HttpContext context, ApiException error)
    {
        var response = context.Response;
        response.Clear();
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        if (error.RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        return response.Body.WriteAsync(Body(error), context.RequestAborted).AsTask();
    }

    public static byte[] Body(ApiException error) => JsonSerializer.SerializeToUtf8Bytes(
        new ErrorResponse(Detail(error)), ApiJson.Web.ErrorResponse);

    public static ErrorDetail Detail(ApiException error) => new(error.Message, error.Type, error.Param, error.Code);
}
