using DiffusionX.Transport;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Transport.Messages;

/// <summary>
/// Whatever bytes a stranger sends, the reader gives a message or an error of ours, and takes no more memory than the frame is worth.
/// </summary>
[TestFixture]
public sealed class MutatedFrameTests
{
    private const int ShortRun = 20_000;
    private const int LongRun = 10_000_000;

    // Numbers at whose edges readers fall: lengths, tags, signs.
    private static readonly byte[][] Boundaries =
    [
        [0x00], [0x01], [0x7F], [0x80], [0xFF], [0x80, 0x00], [0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF, 0x07],
        [0x80, 0x80, 0x80, 0x80, 0x08], [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
        [0x0B], [0x0C], [0x0D], [0x0F], [0xFE, 0xFF, 0xFF, 0xFF], [0x00, 0x00, 0x00, 0x80], [0xFF, 0xFF, 0xFF, 0x7F], [0xED, 0xA0, 0x80],
        [0xC0, 0x80], [0x1B, 0x5B],
    ];

    private static readonly byte[][] Frames = [.. Samples.All.Select(MessageSerializer.Serialize)];

    [Test]
    public void Mutated_frames_do_no_harm([Range(0, 4)] int seed) => Run(seed, ShortRun);

    [Test]
    [Explicit("Takes some minutes.")]
    [Category("Fuzz")]
    public void Ten_million_mutated_frames_do_no_harm() => Run(seed: 1000, LongRun);

    private static void Run(int seed, int frames)
    {
        var random = new Random(seed);
        for (var i = 0; i < frames; i++)
        {
            AssertHarmless(random.Next(8) == 0 ? Noise(random) : Mutate(random));
        }
    }

    private static void AssertHarmless(byte[] frame)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        Exception? failure = null;
        try
        {
            MessageSerializer.Deserialize(frame, "a peer");
        }
        catch (Exception error)
        {
            failure = error;
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var isOurs = failure is null or ProtocolException { InnerException: null };
        if (!isOurs || allocated > 64_000 + (10 * frame.Length))
        {
            Assert.Fail($"{Convert.ToHexString(frame)}: {failure?.GetType().Name ?? "no error"}, {allocated:N0} bytes allocated");
        }
    }

    private static byte[] Noise(Random random)
    {
        var frame = new byte[random.Next(300)];
        random.NextBytes(frame);
        return WithHonestHeader(random, frame);
    }

    private static byte[] Mutate(Random random)
    {
        var (tag, body) = Split(Frames[random.Next(Frames.Length)]);
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            body = MutateOnce(body, random);
        }

        return random.Next(4) == 0 ? [tag, .. body] : WithHonestHeader(random, body, tag);
    }

    private static List<byte> MutateOnce(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        switch (random.Next(6))
        {
            case 0 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                bytes.InsertRange(at, Boundaries[random.Next(Boundaries.Length)]);
                break;
            case 3:
                bytes.RemoveRange(at, random.Next(bytes.Count - at + 1));
                break;
            case 4:
                bytes.InsertRange(at, bytes.GetRange(at, random.Next(bytes.Count - at + 1)));
                break;
            default:
                bytes.InsertRange(at, Frames[random.Next(Frames.Length)]);
                break;
        }

        return bytes;
    }

    private static (byte Tag, List<byte> Body) Split(byte[] frame)
    {
        var header = EnvelopeHeader.TryRead(frame, out var read) ? frame.Length - read.MessageBytes : 0;
        return (frame[0], [.. frame[header..]]);
    }

    /// <summary>The bytes as a message of a kind, so that the envelope does not stop them.</summary>
    private static byte[] WithHonestHeader(Random random, IReadOnlyCollection<byte> body, byte? tag = null)
    {
        var frame = new MemoryStream();
        frame.WriteByte(tag ?? (byte)((random.Next(1, Frames.Length + 1) << 3) | 2));
        var length = body.Count;
        for (; length > 0x7F; length >>= 7)
        {
            frame.WriteByte((byte)(length | 0x80));
        }

        frame.WriteByte((byte)length);
        frame.Write([.. body]);
        return frame.ToArray();
    }
}
