using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace DiffusionX.Hosting.Http;

/// <summary>Reads and writes the API's JSON. What a request has too much is an error, so that nothing is ignored in silence.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ImageGenerationBody))]
[JsonSerializable(typeof(SessionBody))]
[JsonSerializable(typeof(RoundBody))]
[JsonSerializable(typeof(FinalizeBody))]
[JsonSerializable(typeof(BranchBody))]
[JsonSerializable(typeof(StrengthBody))]
[JsonSerializable(typeof(StrengthResource))]
[JsonSerializable(typeof(BackgroundResource))]
[JsonSerializable(typeof(SessionOptionsResource))]
[JsonSerializable(typeof(ErrorResponse))]
[JsonSerializable(typeof(ImagesResponse))]
[JsonSerializable(typeof(ImageEvent))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelResource))]
[JsonSerializable(typeof(SessionList))]
[JsonSerializable(typeof(SessionResource))]
[JsonSerializable(typeof(SessionDeleted))]
[JsonSerializable(typeof(RoundResource))]
[JsonSerializable(typeof(FinalImageResource))]
[JsonSerializable(typeof(SessionEvent))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    private static ApiJson? web;

    /// <summary>Without escapes that only HTML needs: a picture in base 64 would grow by them.</summary>
    public static ApiJson Web => web ??= new ApiJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Reads a request's body.</summary>
    /// <exception cref="ApiException">It is no such JSON; the message says where.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type)
    {
        if (!request.HasJsonContentType())
        {
            throw new ApiException(415, $"The body has to be JSON (Content-Type: application/json), and is {request.ContentType ?? "nothing"}.", ApiException.InvalidRequest, code: "unsupported_media_type");
        }

        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, type, request.HttpContext.RequestAborted).ConfigureAwait(false)
                ?? throw ApiException.Invalid(null, "The body is null; it has to be a JSON object.", "invalid_json");
        }
        catch (JsonException error)
        {
            throw Explain(error);
        }
    }

    public static async Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, type), context.RequestAborted).ConfigureAwait(false);
    }

    private static ApiException Explain(JsonException error)
    {
        var place = error.Path is { Length: > 2 } path ? path[2..] : null;
        if (error.Message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal))
        {
            return ApiException.Invalid(place, $"Unknown parameter: '{place}'.", "unknown_parameter");
        }

        if (error.Message.Contains("missing required properties", StringComparison.Ordinal))
        {
            var name = error.Message.Split('\'') is { Length: > 3 } parts ? parts[3] : null;
            return ApiException.Invalid(name, $"Missing required parameter: '{name}'.", "missing_required_parameter");
        }

        return place is null || error.InnerException is JsonException
            ? ApiException.Invalid(place, $"The body is no valid JSON, at line {error.LineNumber + 1}, byte {error.BytePositionInLine}.", "invalid_json")
            : ApiException.Invalid(place, $"The value of '{place}' has another type than it has to have.", "invalid_type");
    }
}
