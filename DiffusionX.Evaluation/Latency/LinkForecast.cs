using DiffusionX.Transport.Throttling;

namespace DiffusionX.Evaluation.Latency;

/// <summary>How long bytes take over a link.</summary>
internal static class LinkForecast
{
    private const double BitsPerByte = 8;
    private const double BitsPerMegabit = 1e6;

    /// <summary>Seconds of exchanges, each a word up and its answer down.</summary>
    /// <param name="link">The link.</param>
    /// <param name="bytesUp">Bytes up, altogether.</param>
    /// <param name="bytesDown">Bytes down, altogether.</param>
    /// <param name="exchanges">How often an answer is waited for.</param>
    public static double Seconds(LinkProfile link, double bytesUp, double bytesDown, double exchanges)
    {
        ArgumentNullException.ThrowIfNull(link);
        var travel = 2 * exchanges * (link.Latency + (link.Jitter / 2)).TotalSeconds;
        return travel + Transfer(bytesUp, link.UplinkMbps) + Transfer(bytesDown, link.DownlinkMbps);
    }

    private static double Transfer(double bytes, double mbps) => bytes * BitsPerByte / (mbps * BitsPerMegabit);
}
