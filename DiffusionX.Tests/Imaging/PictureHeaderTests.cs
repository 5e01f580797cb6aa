using System.IO.Compression;
using DiffusionX.Imaging;

namespace DiffusionX.Tests.Imaging;

/// <summary>What is known of a picture from its first bytes, and files that are made to cost their reader time.</summary>
[TestFixture]
public sealed class PictureHeaderTests
{
    private static IEnumerable<TestCaseData> Files()
    {
        foreach (var format in Enum.GetValues<PictureFormat>())
        {
            yield return new TestCaseData(Pictures.Gradient(300, 7).Encode(format)).SetArgDisplayNames($"{format}");
        }

        yield return new TestCaseData(Encoded.WebPLossless(300, 7)).SetArgDisplayNames("lossless WebP");
        yield return new TestCaseData(Encoded.Bmp(300, 7)).SetArgDisplayNames("BMP");
        yield return new TestCaseData(Encoded.Bmp(300, -7)).SetArgDisplayNames("BMP from the top");
        yield return new TestCaseData(Encoded.Gif(300, 7)).SetArgDisplayNames("GIF");
    }

    [TestCaseSource(nameof(Files))]
    public void The_size_is_in_the_first_bytes(byte[] encoded)
    {
        var header = PictureHeader.Read(encoded.AsSpan(0, Math.Min(encoded.Length, 1024)));
        var decoded = Picture.Decode(encoded);

        Assert.That((header?.Width, header?.Height), Is.EqualTo((300L, 7L)));
        Assert.That((decoded.Width, decoded.Height), Is.EqualTo((300, 7)));
    }

    [TestCaseSource(nameof(Files))]
    public void Any_beginning_of_a_file_has_a_size_or_none(byte[] encoded)
    {
        for (var length = 0; length < Math.Min(encoded.Length, 700); length++)
        {
            var header = PictureHeader.Read(encoded.AsSpan(0, length));

            Assert.That(header is null || (header.Value.Width, header.Value.Height) == (300, 7), $"the first {length} bytes");
        }
    }

    [Test]
    public void Changed_bytes_give_a_size_or_none([Values(1, 2)] int seed)
    {
        var random = new Random(seed);
        var files = Files().Select(file => (byte[])file.Arguments[0]!).ToArray();

        for (var i = 0; i < 20_000; i++)
        {
            var file = files[random.Next(files.Length)];
            var damaged = file.AsSpan(0, random.Next(16, Math.Min(file.Length, 300))).ToArray();
            random.NextBytes(damaged.AsSpan(random.Next(damaged.Length - 8), random.Next(1, 8)));

            Assert.That(() => PictureHeader.Read(damaged), Throws.Nothing);
        }
    }

    [Test]
    public void Bytes_before_the_frame_of_a_photograph_are_passed_over()
    {
        var jpeg = Pictures.Gradient(40, 30).Encode(PictureFormat.Jpeg);
        byte[] comment = [0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, .. new byte[0xFFFD]];

        var header = PictureHeader.Read([.. jpeg[..2], .. Enumerable.Repeat(comment, 20).SelectMany(bytes => bytes), .. jpeg[2..]]);

        Assert.That((header?.Width, header?.Height), Is.EqualTo((40L, 30L)));
    }

    /// <summary>A hundred chunks of 100 kB that inflate to 100 MB each: decoded, they would take minutes.</summary>
    [TestCase("zTXt")]
    [TestCase("iTXt")]
    [TestCase("iCCP")]
    public void Compressed_chunks_are_not_inflated(string type)
    {
        var picture = Pictures.Noise(16, 16);
        byte[] start = type == "iTXt" ? [.. "bomb\0"u8, 1, 0, 0, 0] : [.. "bomb\0"u8, 0];
        var bomb = Encoded.With(picture.Encode(PictureFormat.Png), type, [.. start, .. Zeros.Value], times: 100);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var decoded = Picture.Decode(bomb);

        Assert.That(decoded, Is.SamePictureAs(picture));
        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(2L * bomb.Length));
        Assert.That(PictureHeader.Read(bomb), Is.EqualTo(new PictureHeader(ReadableFormat.Png, 16, 16)));
    }

    [Test]
    public void A_photograph_of_thousands_of_scans_is_refused()
    {
        var jpeg = Pictures.Noise(16, 16).Encode(PictureFormat.Jpeg);
        var scan = jpeg.AsSpan().IndexOf((byte[])[0xFF, 0xDA]);
        var many = Enumerable.Repeat(jpeg[scan..^2], 100).SelectMany(bytes => bytes);

        Assert.That(
            () => Picture.Decode([.. jpeg[..scan], .. many, 0xFF, 0xD9]), Throws.TypeOf<PictureException>().With.Message.Contains("more than 64 scans"));
        Assert.That(JpegSegments.CountScans(jpeg), Is.EqualTo(1));
    }

    private static readonly Lazy<byte[]> Zeros = new(() =>
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Optimal))
        {
            zlib.Write(new byte[100 << 20]);
        }

        return compressed.ToArray();
    });
}
