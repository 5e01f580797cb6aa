using System.Buffers.Binary;
using System.IO.Pipelines;
using DiffusionX.Transport;
using DiffusionX.Transport.Tcp;

namespace DiffusionX.Tests.Transport.Tcp;

[TestFixture]
public sealed class FrameReaderTests
{
    private const int MaxBytes = 1000;

    [Test]
    public async Task Frames_are_found_however_their_bytes_arrive([Values(1, 2, 3, 7, 1000)] int atOnce)
    {
        byte[] wire = [.. Frame(5), .. Frame(300), .. Frame(1), .. Close()];
        var reader = Reader(new TricklingStream(wire, atOnce));

        Assert.That(await reader.ReadAsync(default), Has.Length.EqualTo(5));
        Assert.That(await reader.ReadAsync(default), Has.Length.EqualTo(300));
        Assert.That(await reader.ReadAsync(default), Has.Length.EqualTo(1));
        Assert.That(await reader.ReadAsync(default), Is.Null);
        Assert.That(reader.BytesReceived, Is.EqualTo(wire.Length));
    }

    [TestCase(1u)]
    [TestCase((uint)MaxBytes)]
    public async Task A_frame_within_the_bound_is_taken(uint bytes)
    {
        Assert.That(await Reader(Frame((int)bytes)).ReadAsync(default), Has.Length.EqualTo(bytes));
    }

    [TestCase(MaxBytes + 1u)]
    [TestCase(int.MaxValue + 1u)]
    [TestCase(uint.MaxValue)]
    public void A_length_beyond_the_bound_is_refused_before_its_bytes_come(uint bytes)
    {
        var prefix = new byte[FrameSize.PrefixBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(prefix, bytes);
        var reader = Reader(prefix);

        Assert.That(
            async () => await reader.ReadAsync(default), Throws.TypeOf<ProtocolException>().With.Message.Contains($"{bytes:N0} bytes"));
        Assert.That(async () => await reader.ReadAsync(default), Throws.TypeOf<ProtocolException>(), "and stays refused");
    }

    [Test]
    public void A_connection_that_ends_without_being_closed_is_lost([Values(0, 1, 3, 4, 50)] int bytes)
    {
        var reader = Reader(Frame(100)[..bytes]);

        Assert.That(async () => await reader.ReadAsync(default), Throws.TypeOf<ConnectionLostException>());
    }

    [Test]
    public void A_length_that_is_a_lie_costs_no_memory()
    {
        var lie = new byte[100];
        BinaryPrimitives.WriteUInt32LittleEndian(lie, FrameSize.DefaultMaxBytes);
        var reader = Reader(lie);
        reader.MaxFrameBytes = FrameSize.DefaultMaxBytes;
        var before = GC.GetTotalAllocatedBytes(precise: true);

        Assert.That(async () => await reader.ReadAsync(default), Throws.TypeOf<ConnectionLostException>());

        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(2_000_000));
    }

    [Test]
    public async Task Random_bytes_end_in_a_close_or_an_error_of_ours([Range(0, 9)] int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 200; i++)
        {
            var reader = Reader(new TricklingStream(HalfSensibleBytes(random), atOnce: random.Next(1, 500)));

            Assert.That(await ReadToTheEndAsync(reader), Is.Null.Or.InstanceOf<TransportException>());
        }
    }

    /// <summary>Frames for a while, then noise.</summary>
    private static byte[] HalfSensibleBytes(Random random)
    {
        var wire = new byte[random.Next(5000)];
        random.NextBytes(wire);
        for (var at = 0; at + FrameSize.PrefixBytes < wire.Length && random.Next(5) > 0; at += FrameSize.PrefixBytes + wire[at])
        {
            wire.AsSpan(at + 1, FrameSize.PrefixBytes - 1).Clear();
        }

        return wire;
    }

    private static async Task<Exception?> ReadToTheEndAsync(FrameReader reader)
    {
        try
        {
            while (await reader.ReadAsync(default) is not null)
            {
            }

            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    private static byte[] Frame(int bytes)
    {
        var frame = new byte[FrameSize.PrefixBytes + bytes];
        BinaryPrimitives.WriteInt32LittleEndian(frame, bytes);
        return frame;
    }

    private static byte[] Close() => Frame(0);

    private static FrameReader Reader(byte[] wire) => Reader(new MemoryStream(wire));

    private static FrameReader Reader(Stream wire) => new(PipeReader.Create(wire), "the other end") { MaxFrameBytes = MaxBytes };
}
