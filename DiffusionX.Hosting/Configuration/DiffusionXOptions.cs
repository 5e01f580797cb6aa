namespace DiffusionX.Hosting.Configuration;

/// <summary>What a host runs: bound to the section <c>DiffusionX</c> of a configuration, and checked when the host starts.</summary>
public sealed class DiffusionXOptions
{
    /// <summary>The models, by the names that programs and clients call them.</summary>
    public IDictionary<string, ModelOptions> Models { get; } = new Dictionary<string, ModelOptions>(StringComparer.Ordinal);

    /// <summary>
    /// The model of requests that name none, one of <see cref="Models"/> or <see cref="CloudOptions.Name"/>. Null where there is one
    /// model alone.
    /// </summary>
    public string? DefaultModel { get; set; }

    /// <summary>
    /// Where drafts are refined: on another machine, or by another model of this host. Null where every model draws on its own.
    /// </summary>
    public CloudOptions? Cloud { get; set; }

    /// <summary>The refiner that this host is for others; null for none.</summary>
    public RefinerOptions? Refiner { get; set; }

    /// <summary>How sessions are kept.</summary>
    public SessionsOptions Sessions { get; } = new();

    /// <summary>Who may use the HTTP endpoints, and for how much.</summary>
    public HttpApiOptions Http { get; } = new();

    /// <summary>Whether spans carry the prompts, which are the users' words. Off, they carry their lengths.</summary>
    public bool PromptsInTelemetry { get; set; }

    /// <summary>The model of requests that name none.</summary>
    internal string ModelByDefault => DefaultModel ?? Cloud?.Name ?? Models.Keys.First();

    /// <summary>The model that draws the previews of sessions.</summary>
    internal string SessionModel => Sessions.Model ?? Cloud?.Edge ?? Models.Keys.First();
}
