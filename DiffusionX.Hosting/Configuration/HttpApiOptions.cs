using DiffusionX.Pipeline;

namespace DiffusionX.Hosting.Configuration;

/// <summary>Who may use the HTTP endpoints, and for how much.</summary>
public sealed class HttpApiOptions
{
    /// <summary>
    /// The keys of which a client has to show one, as <c>Authorization: Bearer …</c>. Empty lets everyone in who reaches the address.
    /// </summary>
    public IList<string> ApiKeys { get; } = [];

    /// <summary>A file with further keys, one a line; empty lines and those that begin with # are left out.</summary>
    public string? ApiKeyFile { get; set; }

    /// <summary>Bytes of the largest request, pictures included.</summary>
    public long MaxBodyBytes { get; set; } = 32L << 20;

    /// <summary>Requests that draw at the same time. A model takes one after another in any case.</summary>
    public int MaxConcurrentRequests { get; set; } = 4;

    /// <summary>Requests that wait for their turn; further ones are told to come again later.</summary>
    public int MaxQueuedRequests { get; set; } = 100;

    /// <summary>Pictures of one request.</summary>
    public int MaxImages { get; set; } = 10;

    /// <summary>Pixels of the largest picture.</summary>
    public int MaxPixels { get; set; } = 2048 * 2048;

    /// <summary>Steps of the longest schedule.</summary>
    public int MaxSteps { get; set; } = 200;

    /// <summary>Characters of the longest prompt.</summary>
    public int MaxPromptLength { get; set; } = 32_000;

    /// <summary>How long a picture that is answered as an address can be fetched there.</summary>
    public TimeSpan KeepPictures { get; set; } = TimeSpan.FromMinutes(60);

    /// <summary>Bytes of all pictures that are kept for that; the oldest make room.</summary>
    public long MaxKeptBytes { get; set; } = 256L << 20;

    internal const int LargestSteps = GenerationRequest.MaxSteps;
}
