using System.IO.Compression;
using DiffusionX.Imaging;

namespace DiffusionX.Tests.Imaging;

[TestFixture]
internal sealed class PictureHeaderTests
{
    [Test]
    public void The_size_is_what_the_decoder_finds([Values] PictureFormat format, [Values(1, 7, 64, 300)] int width, [Values(1, 33, 512)] int height)
    {
        var encoded = Pictures.Gradient(width, height).Encode(format);

        Assert.That(PictureHeader.TryRead(encoded), Is.EqualTo(new PictureHeader(format, width, height)));
    }

    [Test]
    public void What_is_cut_short_is_a_picture_of_that_size_or_none([Values] PictureFormat format)
    {
        var encoded = Pictures.Gradient(40, 30).Encode(format);

        for (var bytes = 0; bytes < encoded.Length; bytes++)
        {
            Assert.That(PictureHeader.TryRead(encoded.AsSpan(0, bytes)), Is.Null.Or.EqualTo(new PictureHeader(format, 40, 30)), $"{bytes} bytes");
        }
    }

    [Test]
    public void Whatever_the_bytes_are_nothing_is_thrown([Values] PictureFormat format, [Range(0, 4)] int seed)
    {
        var random = new Random(seed);
        var encoded = Pictures.Noise(16, 16).Encode(format);

        for (var i = 0; i < 2000; i++)
        {
            var mutated = encoded.ToArray();
            for (var change = random.Next(1, 8); change > 0; change--)
            {
                mutated[random.Next(8, mutated.Length)] = (byte)random.Next(256);
            }

            Assert.That(() => PictureHeader.TryRead(mutated.AsSpan(0, random.Next(mutated.Length + 1))), Throws.Nothing);
        }
    }

    [TestCase("zTXt", 60_000, true)]
    [TestCase("zTXt", 70_000, false)]
    [TestCase("iTXt", 70_000, false)]
    [TestCase("iCCP", 70_000, false)]
    [TestCase("tEXt", 70_000, true)]
    public void A_PNG_with_much_packed_text_is_not_taken_for_a_picture(string type, int bytes, bool isTaken)
    {
        var bomb = new MemoryStream();
        var png = Pictures.Plain(8, 8, 1, 2, 3).Encode(PictureFormat.Png);
        const int AfterHeader = 33;
        bomb.Write(png.AsSpan(0, AfterHeader));
        PngChunk.Write(bomb, type.Select(letter => (byte)letter).ToArray(), Packed(bytes));
        bomb.Write(png.AsSpan(AfterHeader));

        Assert.That(PictureHeader.TryRead(bomb.ToArray()) is not null, Is.EqualTo(isTaken));
    }

    [Test]
    public void Texts_behind_a_chunk_that_is_damaged_are_not_overlooked()
    {
        var png = Pictures.Plain(8, 8, 1, 2, 3).Encode(PictureFormat.Png);
        byte[] damaged = [.. png[..33], 0, 0, 0, 0, (byte)'t', (byte)'E', (byte)'X', (byte)'t', 0, 0, 0, 0, .. png[33..]];

        Assert.That(PictureHeader.TryRead(damaged), Is.Null);
    }

    [TestCase(10, true)]
    [TestCase(1000, false)]
    public void A_JPEG_of_very_many_scans_is_not_taken_for_a_picture(int scans, bool isTaken)
    {
        var jpeg = Pictures.Plain(8, 8, 1, 2, 3).Encode(PictureFormat.Jpeg);
        byte[] scan = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0];
        byte[] many = [.. jpeg[..^2], .. Enumerable.Repeat(scan, scans).SelectMany(bytes => bytes), 0xFF, 0xD9];

        Assert.That(PictureHeader.TryRead(many) is not null, Is.EqualTo(isTaken));
    }

    private static byte[] Packed(int bytes)
    {
        var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.NoCompression, leaveOpen: true))
        {
            deflate.Write(new byte[bytes]);
        }

        return [(byte)'k', 0, 0, .. packed.ToArray().AsSpan(0, bytes - 3)];
    }
}
