namespace DiffusionX.Transport.Throttling;

/// <summary>What a link can carry, seen from the end that connects. A Mbps is 1,000,000 bits per second.</summary>
public sealed record LinkProfile
{
    /// <summary>Bandwidth from the connecting end, in Mbps; infinity for no bound.</summary>
    public double UplinkMbps { get; init; } = double.PositiveInfinity;

    /// <summary>Bandwidth to the connecting end, in Mbps; infinity for no bound.</summary>
    public double DownlinkMbps { get; init; } = double.PositiveInfinity;

    /// <summary>How long a byte travels, one way.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>
    /// The most that a frame travels longer than <see cref="Latency"/>; each one draws from 0 to this. Frames stay in order.
    /// </summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>The seed of the jitter.</summary>
    public int Seed { get; init; }

    /// <summary>
    /// For tests: the connection that carries this byte, counted over both directions and all connections from 1, is lost; null for none.
    /// </summary>
    public long? LoseAtByte { get; init; }

    /// <summary>A link that holds nothing up.</summary>
    public static LinkProfile Unlimited { get; } = new();

    /// <summary>A mobile link of 20 Mbps both ways, 20 ms away.</summary>
    public static LinkProfile Mobile20Mbps { get; } = new() { UplinkMbps = 20, DownlinkMbps = 20, Latency = TimeSpan.FromMilliseconds(20) };

    /// <summary>A mobile link at the edge of its cell: 2 Mbps up, 5 Mbps down, 60 ms to 90 ms away.</summary>
    public static LinkProfile WeakMobile { get; } = new()
    {
        UplinkMbps = 2,
        DownlinkMbps = 5,
        Latency = TimeSpan.FromMilliseconds(60),
        Jitter = TimeSpan.FromMilliseconds(30),
    };

    /// <summary>A cable at home: 40 Mbps up, 250 Mbps down, 10 ms away.</summary>
    public static LinkProfile Broadband { get; } = new() { UplinkMbps = 40, DownlinkMbps = 250, Latency = TimeSpan.FromMilliseconds(10) };

    internal LinkDirection CreateUplink() => new(UplinkMbps, Latency, Jitter, Seed);

    internal LinkDirection CreateDownlink() => new(DownlinkMbps, Latency, Jitter, ~Seed);

    internal void Validate()
    {
        if (!(UplinkMbps > 0 && DownlinkMbps > 0))
        {
            throw new TransportException(
                $"The link's bandwidths are {UplinkMbps} Mbps up and {DownlinkMbps} Mbps down; both have to be more than 0.");
        }

        if (Latency < TimeSpan.Zero || Jitter < TimeSpan.Zero)
        {
            throw new TransportException($"The link's latency is {Latency}, its jitter {Jitter}; neither can be less than 0.");
        }

        if (LoseAtByte < 1)
        {
            throw new TransportException($"The link is to be lost at byte {LoseAtByte}; the first one is 1.");
        }
    }
}
