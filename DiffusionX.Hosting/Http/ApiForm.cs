using DiffusionX.Hosting.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DiffusionX.Hosting.Http;

/// <summary>Reads a form of the API, with files in it.</summary>
internal static class ApiForm
{
    private const int MostFields = 64;
    private const int MostHeaders = 16;

    /// <exception cref="ApiException">It is no form; the message says why.</exception>
    public static async Task<IFormCollection> ReadAsync(HttpRequest request, HttpApiOptions limits)
    {
        if (!request.HasFormContentType || request.ContentType!.StartsWith("application/", StringComparison.OrdinalIgnoreCase))
        {
            throw new ApiException(415, $"The body has to be a form (Content-Type: multipart/form-data), and is {request.ContentType ?? "nothing"}.", ApiException.InvalidRequest, code: "unsupported_media_type");
        }

        var stopping = request.HttpContext.RequestAborted;
        var options = new FormOptions { MultipartBodyLengthLimit = limits.MaxBodyBytes, ValueCountLimit = MostFields, MultipartHeadersCountLimit = MostHeaders };
        try
        {
            return await new FormFeature(request, options).ReadFormAsync(stopping).ConfigureAwait(false);
        }
        catch (Exception error) when (error is InvalidDataException or IOException && error is not BadHttpRequestException)
        {
            stopping.ThrowIfCancellationRequested();
            throw ApiException.Invalid(null, $"The body is no valid form: {error.Message}", "invalid_form");
        }
    }
}
