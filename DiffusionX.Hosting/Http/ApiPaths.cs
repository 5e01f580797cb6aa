namespace DiffusionX.Hosting.Http;

/// <summary>Where things are.</summary>
internal static class ApiPaths
{
    public const string Images = "/v1/images";
    public const string Files = "/v1/images/files";
    public const string Models = "/v1/models";
    public const string Sessions = "/v1/sessions";
    public const string SessionOptions = "/v1/session_options";
}
