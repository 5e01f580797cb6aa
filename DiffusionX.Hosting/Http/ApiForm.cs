using System.Globalization;
using DiffusionX.Imaging;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace DiffusionX.Hosting.Http;

/// <summary>The form of a request with pictures. What it has too much is an error, so that nothing is ignored in silence.</summary>
internal sealed class ApiForm
{
    private readonly IFormCollection form;

    private ApiForm(IFormCollection form) => this.form = form;

    /// <summary>Whether a request's body is a form, and no JSON.</summary>
    public static bool IsOne(HttpRequest request) =>
        request.HasFormContentType && !request.ContentType!.StartsWith("application/", StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a request's form.</summary>
    /// <param name="request">The request.</param>
    /// <param name="mostBytes">How long its body may be.</param>
    /// <param name="fields">The names that it may have.</param>
    /// <param name="files">The names of the files that it may have.</param>
    /// <exception cref="ApiException">It is no form, is malformed, or has a name too many.</exception>
    public static async Task<ApiForm> ReadAsync(HttpRequest request, long mostBytes, IReadOnlyList<string> fields, IReadOnlyList<string> files)
    {
        if (!IsOne(request))
        {
            throw new ApiException(
                415, $"The body has to be a form (Content-Type: multipart/form-data), and is {request.ContentType ?? "nothing"}.", ApiException.InvalidRequest, code: "unsupported_media_type");
        }

        var form = await ParseAsync(request, mostBytes).ConfigureAwait(false);
        if (form.Keys.FirstOrDefault(key => !fields.Contains(key)) is { } field)
        {
            throw ApiException.Invalid(field, $"Unknown parameter: '{ParameterReader.Short(field)}'.", "unknown_parameter");
        }

        return form.Files.FirstOrDefault(file => !files.Any(name => IsNamed(file, name))) is { } unknown
            ? throw ApiException.Invalid(unknown.Name, $"Unknown file: '{ParameterReader.Short(unknown.Name)}'.", "unknown_parameter")
            : new ApiForm(form);
    }

    /// <exception cref="ApiException">It is given more than once.</exception>
    public string? Text(string key) => form.TryGetValue(key, out var values)
        ? values.Count == 1 ? values[0] : throw ApiException.Invalid(key, $"'{key}' is given {values.Count} times.")
        : null;

    /// <exception cref="ApiException">It is missing, or given more than once.</exception>
    public string Required(string key) => Text(key) ?? throw Missing(key);

    /// <exception cref="ApiException">It is no number, or given more than once.</exception>
    public T? Number<T>(string key)
        where T : struct, IParsable<T> => Text(key) switch
        {
            null => null,
            var text when T.TryParse(text, CultureInfo.InvariantCulture, out var number) => number,
            var text => throw ApiException.Invalid(key, $"Invalid value: '{ParameterReader.Short(text)}'. It has to be a number.", "invalid_type"),
        };

    /// <exception cref="ApiException">It is neither true nor false, or given more than once.</exception>
    public bool? Flag(string key) => Text(key) switch
    {
        null => null,
        "true" or "True" => true,
        "false" or "False" => false,
        var other => throw ApiException.Invalid(key, $"Invalid value: '{ParameterReader.Short(other)}'. It has to be true or false.", "invalid_type"),
    };

    /// <summary>The picture of a file; null where there is none.</summary>
    /// <exception cref="ApiException">There are several of that name.</exception>
    /// <exception cref="PictureException">It can't be read.</exception>
    public async Task<Picture?> PictureAsync(string key, CancellationToken cancellationToken) =>
        await BytesAsync(key, cancellationToken).ConfigureAwait(false) is { } bytes ? Picture.Decode(bytes) : null;

    /// <summary>The mask of a file; null where there is none.</summary>
    /// <exception cref="ApiException">There are several of that name, or it can't be read.</exception>
    public async Task<Mask?> MaskAsync(string key, CancellationToken cancellationToken) =>
        await BytesAsync(key, cancellationToken).ConfigureAwait(false) is { } bytes ? ParameterReader.Mask(key, bytes) : null;

    public static ApiException Missing(string key) => ApiException.Invalid(key, $"Missing required parameter: '{key}'.", "missing_required_parameter");

    private async Task<byte[]?> BytesAsync(string key, CancellationToken cancellationToken)
    {
        var files = form.Files.Where(file => IsNamed(file, key)).ToArray();
        if (files.Length > 1)
        {
            throw ApiException.Invalid(key, $"{files.Length} files are named '{key}'; a request takes one.");
        }

        if (files.Length == 0)
        {
            return null;
        }

        var bytes = new byte[files[0].Length];
        var stream = files[0].OpenReadStream();
        await using var closed = stream.ConfigureAwait(false);
        await stream.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    private static async Task<IFormCollection> ParseAsync(HttpRequest request, long mostBytes)
    {
        var limits = new FormOptions { MultipartBodyLengthLimit = mostBytes, ValueCountLimit = 64, MultipartHeadersCountLimit = 16 };
        try
        {
            return await new FormFeature(request, limits).ReadFormAsync(request.HttpContext.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception error) when (error is InvalidDataException or IOException && error is not BadHttpRequestException)
        {
            request.HttpContext.RequestAborted.ThrowIfCancellationRequested();
            throw ApiException.Invalid(null, $"The body is no valid form: {error.Message}", "invalid_form");
        }
    }

    // OpenAI's clients send a list of pictures as image[].
    private static bool IsNamed(IFormFile file, string name) => file.Name == name || file.Name == name + "[]";
}
