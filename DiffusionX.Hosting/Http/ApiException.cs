namespace DiffusionX.Hosting.Http;

/// <summary>An answer of the API that is an error, in OpenAI's terms.</summary>
internal sealed class ApiException(int status, string message, string type, string? param = null, string? code = null) : DiffusionXException(message)
{
    public const string InvalidRequest = "invalid_request_error";
    public const string RateLimit = "rate_limit_error";
    public const string Server = "server_error";

    public int Status => status;

    public string Type => type;

    public string? Param => param;

    public string? Code => code;

    /// <summary>After how many seconds to try again; null where that would not help.</summary>
    public int? RetryAfter { get; init; }

    public static ApiException Invalid(string? param, string message, string? code = null) => new(400, message, InvalidRequest, param, code ?? "invalid_value");
}
