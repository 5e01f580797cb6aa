using System.Buffers.Binary;
using System.Text;
using DiffusionX.Imaging;
using FsCheck;
using FsCheck.Fluent;

namespace DiffusionX.Tests.Imaging;

[TestFixture]
public sealed class PictureDecodingTests
{
    private static readonly PictureFormat[] Formats = Enum.GetValues<PictureFormat>();

    [TestCase(new byte[0], "empty")]
    [TestCase(new byte[] { 1, 2, 3 }, "known format")]
    public void What_is_no_picture_is_refused_with_the_formats_that_are_read(byte[] encoded, string complaint) =>
        Assert.That(
            () => Picture.Decode(encoded),
            Throws.TypeOf<PictureException>().With.Message.Contains(complaint).And.Message.Contains("PNG, JPEG and WebP, and BMP"));

    [TestCase("\0\0\0\u001Cftypavif\0\0\0\0", "AVIF")]
    [TestCase("\0\0\0\u0018ftypheic\0\0\0\0", "HEIC")]
    [TestCase("\0\0\0$ftypmif1\0\0\0\0", "HEIC")]
    [TestCase("II*\0\u0008\0\0\0", "TIFF")]
    [TestCase("\u00FF\n\u0001\u0002\u0003", "JPEG XL")]
    public void A_format_that_people_have_and_that_is_not_read_is_named_with_what_to_do(string start, string format) =>
        Assert.That(
            () => Picture.Decode(Encoding.Latin1.GetBytes(start)),
            Throws.TypeOf<PictureException>().With.Message.Contains(format).And.Message.Contains("Save it as JPEG or PNG"));

    [TestCase(8)]
    [TestCase(-8)]
    public void A_BMP_file_is_read(int height)
    {
        var picture = Picture.Decode(Encoded.Bmp(4, height));

        Assert.That((picture.Width, picture.Height), Is.EqualTo((4, 8)));
        Assert.That(picture.At(3, 0), Is.EqualTo((0, 0, 0)));
        Assert.That(picture.At(3, 7), Is.EqualTo((30, 60, 90)));
    }

    // Colour types of the PNG specification, section 11.2.1: 0 grey, 2 colour, 3 palette, 4 grey with opacity, 6 colour with opacity.
    [TestCase(0, 1, "80", 255, 255, 255)]
    [TestCase(0, 8, "40", 64, 64, 64)]
    [TestCase(0, 16, "40FF", 64, 64, 64)]
    [TestCase(2, 8, "102030", 16, 32, 48)]
    [TestCase(2, 16, "100020003000", 16, 32, 48)]
    [TestCase(3, 2, "40", 9, 8, 7)]
    [TestCase(3, 8, "01", 9, 8, 7)]
    [TestCase(4, 8, "4000", 255, 255, 255)]
    [TestCase(6, 8, "102030FF", 16, 32, 48)]
    [TestCase(6, 16, "100020003000FFFF", 16, 32, 48)]
    public void Pixels_of_every_kind_of_PNG_file_are_read(byte colourType, byte bitDepth, string pixel, int red, int green, int blue)
    {
        var picture = Picture.Decode(Encoded.PngOfOnePixel(colourType, bitDepth, Convert.FromHexString(pixel)));

        var (r, g, b) = picture.At(0, 0);
        Assert.That(new[] { r - red, g - green, b - blue }, Has.All.InRange(-1, 1), $"{r}, {g}, {b}");
    }

    [Test]
    public void The_first_frame_of_a_GIF_file_is_read()
    {
        var picture = Picture.Decode(Encoded.Gif(20, 10));

        Assert.That((picture.Width, picture.Height), Is.EqualTo((20, 10)));
        Assert.That(picture.At(0, 0), Is.EqualTo((255, 0, 0)));
        Assert.That(picture.At(19, 9), Is.EqualTo((255, 0, 0)));
    }

    [Test]
    public void Random_bytes_behind_a_signature_give_a_picture_or_a_picture_exception([ValueSource(nameof(Formats))] PictureFormat format)
    {
        var signature = Pictures.Gradient(8, 8).Encode(format)[..12];

        Prop.ForAll<byte[]>(bytes => DecodesOrIsRefused([.. signature, .. bytes])).QuickCheckThrowOnFailure();
    }

    [Test]
    public void A_file_with_one_changed_byte_gives_a_picture_or_a_picture_exception([ValueSource(nameof(Formats))] PictureFormat format)
    {
        var encoded = Pictures.Noise(16, 16).Encode(format);
        var changes = Gen.Choose(0, encoded.Length - 1).Zip(Gen.Choose(0, 255)).ToArbitrary();

        Prop.ForAll(changes, change =>
        {
            var damaged = encoded.ToArray();
            damaged[change.Item1] = (byte)change.Item2;
            return DecodesOrIsRefused(damaged);
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void A_truncated_file_is_refused([ValueSource(nameof(Formats))] PictureFormat format, [Values(0.02, 0.1, 0.5, 0.9)] double part)
    {
        var encoded = Pictures.Noise(64, 64).Encode(format);

        Assert.That(() => Picture.Decode(encoded.AsSpan(0, (int)(encoded.Length * part))), Throws.TypeOf<PictureException>());
    }

    [TestCase(Picture.MaxSide + 1, 1)]
    [TestCase(1, Picture.MaxSide + 1)]
    [TestCase(int.MaxValue, int.MaxValue)]
    public void A_png_that_declares_a_huge_size_is_refused(int width, int height)
    {
        var png = PngDeclaring(width, height);

        Assert.That(() => Picture.Decode(png), Throws.TypeOf<PictureException>());
    }

    [Test]
    public void The_refusal_of_a_huge_size_says_the_limit() =>
        Assert.That(
            () => Picture.Decode(PngDeclaring(9000, 10)),
            Throws.TypeOf<PictureException>().With.Message.Contains("9000 × 10").And.Message.Contains("8192"));

    [Test]
    public void Transparency_is_laid_over_white()
    {
        var picture = Picture.Decode(Encoded.Transparent(3, 1, 200, 100, 0, 255, 200, 100, 0, 128, 200, 100, 0, 0));

        Assert.That(picture.At(0, 0), Is.EqualTo((200, 100, 0)));
        Assert.That(picture.At(1, 0), Is.EqualTo((227, 177, 127)));
        Assert.That(picture.At(2, 0), Is.EqualTo((255, 255, 255)));
    }

    // The upright picture has a red, a green, a blue and a white quarter, in reading order; the file holds them as the orientation says.
    [TestCase(1, "RGBW")]
    [TestCase(2, "GRWB")]
    [TestCase(3, "WBGR")]
    [TestCase(4, "BWRG")]
    [TestCase(5, "RBGW")]
    [TestCase(6, "GWRB")]
    [TestCase(7, "WGBR")]
    [TestCase(8, "BRWG")]
    public void A_photograph_is_turned_upright(byte orientation, string quartersInTheFile)
    {
        var (width, height) = orientation < 5 ? (64, 32) : (32, 64);
        var stored = Pictures.Make(width, height, (x, y) => Colour(quartersInTheFile[(y * 2 / height * 2) + (x * 2 / width)]));

        var picture = Picture.Decode(WithOrientation(stored.Encode(PictureFormat.Jpeg, 100), orientation));

        Assert.That((picture.Width, picture.Height), Is.EqualTo((64, 32)));
        Assert.That(Quarters(picture), Is.EqualTo("RGBW"));
    }

    [TestCase(1, "RGBW")]
    [TestCase(2, "GRWB")]
    [TestCase(3, "WBGR")]
    [TestCase(4, "BWRG")]
    [TestCase(5, "RBGW")]
    [TestCase(6, "GWRB")]
    [TestCase(7, "WGBR")]
    [TestCase(8, "BRWG")]
    public void A_PNG_file_with_an_orientation_is_turned_upright(byte orientation, string quartersInTheFile)
    {
        var (width, height) = orientation < 5 ? (64, 32) : (32, 64);
        var stored = Pictures.Make(width, height, (x, y) => Colour(quartersInTheFile[(y * 2 / height * 2) + (x * 2 / width)])).Encode(PictureFormat.Png);

        var pictures = new[] { false, true }.Select(isLittleEndian => Picture.Decode(Encoded.With(stored, "eXIf", Encoded.Exif(orientation, isLittleEndian))));

        Assert.That(pictures.Select(Quarters), Is.EqualTo(["RGBW", "RGBW"]));
    }

    [Test]
    public void A_damaged_orientation_leaves_a_picture_as_it_is()
    {
        var picture = Pictures.Noise(6, 4);
        var exif = Encoded.Exif(6);

        for (var length = 0; length < exif.Length - 4; length++)
        {
            var decoded = Picture.Decode(Encoded.With(picture.Encode(PictureFormat.Png), "eXIf", exif[..length]));
            Assert.That((decoded.Width, decoded.Height), Is.EqualTo((6, 4)).Or.EqualTo((4, 6)));
        }
    }

    private static bool DecodesOrIsRefused(byte[] encoded)
    {
        try
        {
            return Picture.Decode(encoded).Width > 0;
        }
        catch (PictureException)
        {
            return true;
        }
    }

    private static byte[] PngDeclaring(int width, int height)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        using var png = new MemoryStream();
        png.Write(PngChunk.Signature);
        PngChunk.Write(png, "IHDR"u8, header);
        PngChunk.Write(png, "IDAT"u8, new byte[100]);
        PngChunk.Write(png, "IEND"u8, []);
        return png.ToArray();
    }

    // An APP1 segment.
    private static byte[] WithOrientation(byte[] jpeg, byte orientation) =>
    [
        .. jpeg[..2],
        0xFF, 0xE1, 0, 34,
        .. "Exif\0\0"u8,
        .. Encoded.Exif(orientation),
        .. jpeg[2..],
    ];

    private static (byte Red, byte Green, byte Blue) Colour(char name) => name switch
    {
        'R' => (255, 0, 0),
        'G' => (0, 255, 0),
        'B' => (0, 0, 255),
        _ => (255, 255, 255),
    };

    private static string Quarters(Picture picture) =>
        string.Concat(new[] { (16, 8), (48, 8), (16, 24), (48, 24) }.Select(point => picture.At(point.Item1, point.Item2) switch
        {
            ( > 200, < 60, < 60) => 'R',
            ( < 60, > 200, < 60) => 'G',
            ( < 60, < 60, > 200) => 'B',
            ( > 200, > 200, > 200) => 'W',
            _ => '?',
        }));
}
