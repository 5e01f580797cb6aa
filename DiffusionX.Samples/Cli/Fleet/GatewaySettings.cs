using DiffusionX.Sessions.Cloud;
using DiffusionX.Transport.Nats;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Cli.Fleet;

/// <summary>What the user asked <c>diffusionx gateway</c> for.</summary>
internal sealed record GatewaySettings
{
    public required NatsFleetOptions Nats { get; init; }

    /// <summary>Where to listen, with or without TLS.</summary>
    public required TcpTransportOptions Listen { get; init; }

    /// <summary>Whom it lets in, and how much it takes on.</summary>
    public required CloudRefinerOptions Clients { get; init; }

    /// <summary>Where health and metrics are; null for none.</summary>
    public MonitoringAddress? Monitoring { get; init; }

    /// <summary>How long requests that were taken on may go on after the signal to stop.</summary>
    public TimeSpan DrainLimit { get; init; }
}
