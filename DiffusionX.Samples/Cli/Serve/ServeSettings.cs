using DiffusionX.Cli.Shipped;
using DiffusionX.Pipeline;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Cli.Serve;

/// <summary>What the user asked <c>diffusionx serve</c> for.</summary>
internal sealed record ServeSettings
{
    public required string ModelFolder { get; init; }

    public required DiffusionModelOptions Model { get; init; }

    /// <summary>What predicts how much noise a draft needs.</summary>
    public required StrengthFolders Strengths { get; init; }

    /// <summary>Where to listen, with or without TLS.</summary>
    public required TcpTransportOptions Listen { get; init; }

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
}
