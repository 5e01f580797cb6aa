using DiffusionX.Cli.Shipped;
using DiffusionX.Pipeline;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Cli.Serve;

/// <summary>What the user asked <c>diffusionx serve</c> for.</summary>
internal sealed record ServeSettings
{
    public required string ModelFolder { get; init; }

    public required DiffusionModelOptions Model { get; init; }

    /// <summary>The files of the LoRAs that clients may ask for.</summary>
    public IReadOnlyList<string> Loras { get; init; } = [];

    /// <summary>What predicts how much noise a draft needs.</summary>
    public required StrengthFolders Strengths { get; init; }

    /// <summary>Where to listen, as the user wrote it.</summary>
    public required string Address { get; init; }

    /// <summary>Where to listen, with or without TLS.</summary>
    public required TcpTransportOptions Listen { get; init; }

    /// <summary>The certificate for TLS; null for none.</summary>
    public string? Certificate { get; init; }

    /// <summary>The key of a PEM certificate, if it is in a file of its own.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>What clients have to know; null lets everyone in.</summary>
    public string? Token { get; init; }

    /// <summary>What clients' reports call this server.</summary>
    public required string Name { get; init; }

    /// <summary>Requests that may wait.</summary>
    public int QueueCapacity { get; init; }

    /// <summary>The loopback port of health and metrics; 0 for none.</summary>
    public int MonitoringPort { get; init; }

    /// <summary>How long requests that were taken on may go on after the signal to stop.</summary>
    public TimeSpan DrainLimit { get; init; }

    /// <summary>Where the HTTP API listens; null for none.</summary>
    public HttpAddress? Http { get; init; }

    /// <summary>The keys of the HTTP API; none lets everyone in.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>The model that drafts for the HTTP API's sessions; null where the one model does both.</summary>
    public string? EdgeFolder { get; init; }

    /// <summary>Where the HTTP API's sessions are saved; null keeps them in memory.</summary>
    public string? SessionsFolder { get; init; }

    /// <summary>The edge's strength predictor, for those sessions.</summary>
    public string? EdgeStrength { get; init; }

    /// <summary>Connections of the HTTP API at once.</summary>
    public int MaxConnections { get; init; }
}
