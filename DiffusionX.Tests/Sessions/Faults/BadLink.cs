using System.Diagnostics;
using System.Threading.Channels;

namespace DiffusionX.Tests.Sessions.Faults;

/// <summary>
/// A link as TCP's ends see it whose packets are lost, late, out of order and paced, and which is down for a while: what is lost comes again
/// when it was missed, what comes early waits for what comes late, and what the link has no room for holds the sender up.
/// </summary>
internal sealed class BadLink
{
    private const int PacketBytes = 1460;
    private const int PacketsUnderWay = 400;
    private const double Loss = 0.03;
    private const double BytesPerSecond = 1_000_000;

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan Jitter = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Retransmission = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly Random random = new(1);
    private volatile bool isDown;
    private int lost;

    /// <summary>Whether nothing comes through, and what is sent waits until it does.</summary>
    public bool IsDown
    {
        get => isDown;
        set => isDown = value;
    }

    /// <summary>How many packets were lost so far.</summary>
    public int Lost => Volatile.Read(ref lost);

    /// <summary>Carries what comes from one end to the other, until that end has closed.</summary>
    public async Task CarryAsync(Stream from, Stream to, CancellationToken stop)
    {
        var underWay = Channel.CreateBounded<(byte[] Packet, TimeSpan Arrival)>(PacketsUnderWay);
        await Task.WhenAll(TakeAsync(from, underWay.Writer, stop), GiveAsync(underWay.Reader, to, stop));
    }

    private async Task TakeAsync(Stream from, ChannelWriter<(byte[] Packet, TimeSpan Arrival)> underWay, CancellationToken stop)
    {
        var buffer = new byte[PacketBytes];
        var left = TimeSpan.Zero;
        try
        {
            while (await from.ReadAsync(buffer, stop) is > 0 and var bytes)
            {
                left = (left > clock.Elapsed ? left : clock.Elapsed) + TimeSpan.FromSeconds(bytes / BytesPerSecond);
                await underWay.WriteAsync((buffer[..bytes], left + TimeUnderWay()), stop);
            }

            underWay.Complete();
        }
        catch (Exception error)
        {
            underWay.Complete(error);
        }
    }

    private async Task GiveAsync(ChannelReader<(byte[] Packet, TimeSpan Arrival)> underWay, Stream to, CancellationToken stop)
    {
        await foreach (var (packet, arrival) in underWay.ReadAllAsync(stop))
        {
            while (IsDown || clock.Elapsed < arrival)
            {
                await Task.Delay(1, stop);
            }

            await to.WriteAsync(packet, stop);
        }
    }

    private TimeSpan TimeUnderWay()
    {
        lock (random)
        {
            var time = Delay + (Jitter * ((2 * random.NextDouble()) - 1));
            for (; random.NextDouble() < Loss; time += Retransmission)
            {
                lost++;
            }

            return time;
        }
    }
}
