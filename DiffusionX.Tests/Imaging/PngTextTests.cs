using DiffusionX.Imaging;
using FsCheck;
using FsCheck.Fluent;

namespace DiffusionX.Tests.Imaging;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PngTextTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string PngPath => folder.File("a.png");

    public void Dispose() => folder.Dispose();

    [Test]
    public void Settings_saved_with_a_picture_are_read_back()
    {
        var settings = new Dictionary<string, string>
        {
            ["prompt"] = "a red house,\nunder a yellow moon",
            ["negative prompt"] = "Gänse, naïve \"quotes\"",
            ["title"] = "月の下の赤い家 🏠",
            ["seed"] = "",
        };

        Pictures.Noise(8, 8).Save(PngPath, settings);

        Assert.That(Picture.ReadText(PngPath), Is.EquivalentTo(settings));
    }

    [Test]
    public void Text_leaves_the_pixels_as_they_are()
    {
        var picture = Pictures.Noise(8, 8);

        picture.Save(PngPath, new Dictionary<string, string> { ["prompt"] = "a red house 🏠" });

        Assert.That(Picture.Load(PngPath), Is.SamePictureAs(picture));
    }

    [Test]
    public void Any_text_without_nul_is_read_back()
    {
        var texts = ArbMap.Default.ArbFor<UnicodeText>();
        var picture = Pictures.Plain(1, 1, 0, 0, 0).Encode(PictureFormat.Png);

        Prop.ForAll(texts, text =>
        {
            var png = PngText.Insert(picture, new Dictionary<string, string> { ["text"] = text.ToString() });
            return PngText.Read(png, "test")["text"] == text.ToString();
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void The_order_of_the_settings_does_not_change_the_file()
    {
        var picture = Pictures.Noise(8, 8);
        picture.Save(folder.File("1.png"), new Dictionary<string, string> { ["seed"] = "1", ["prompt"] = "x" });
        picture.Save(folder.File("2.png"), new Dictionary<string, string> { ["prompt"] = "x", ["seed"] = "1" });

        Assert.That(File.ReadAllBytes(folder.File("2.png")), Is.EqualTo(File.ReadAllBytes(folder.File("1.png"))));
    }

    [Test]
    public void A_file_without_text_has_none()
    {
        Pictures.Noise(8, 8).Save(PngPath);

        Assert.That(Picture.ReadText(PngPath), Is.Empty);
    }

    [Test]
    public void A_chunk_has_the_checksum_of_the_specification()
    {
        using var written = new MemoryStream();

        PngChunk.Write(written, "IEND"u8, []);

        Assert.That(written.ToArray(), Is.EqualTo(new byte[] { 0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82 }));
    }

    [TestCase("")]
    [TestCase(" prompt")]
    [TestCase("two  spaces")]
    [TestCase("línea\n")]
    [TestCase("月")]
    [TestCase("a keyword of eighty characters is one longer than a keyword of a PNG file may be")]
    public void What_is_no_keyword_is_refused(string keyword) =>
        Assert.That(
            () => Pictures.Noise(2, 2).Save(PngPath, new Dictionary<string, string> { [keyword] = "x" }),
            Throws.ArgumentException.With.Message.Contains("keyword"));

    [Test]
    public void Text_with_nul_is_refused() =>
        Assert.That(
            () => Pictures.Noise(2, 2).Save(PngPath, new Dictionary<string, string> { ["prompt"] = "a\0b" }),
            Throws.ArgumentException.With.Message.Contains("NUL"));

    [Test]
    public void Only_png_files_carry_text()
    {
        var path = folder.File("a.jpg");
        Pictures.Noise(8, 8).Save(path, new Dictionary<string, string> { ["prompt"] = "left out" });

        Assert.That(() => Picture.ReadText(path), Throws.TypeOf<PictureException>().With.Message.Contains("a.jpg: not a PNG file"));
    }

    [Test]
    public void Text_of_a_truncated_file_is_refused_at_every_length()
    {
        var png = PngText.Insert(Pictures.Noise(2, 2).Encode(PictureFormat.Png), new Dictionary<string, string> { ["prompt"] = "🏠" });

        for (var length = 0; length < png.Length; length++)
        {
            var part = png[..length];
            Assert.That(() => PngText.Read(part, "test"), Throws.TypeOf<PictureException>());
        }
    }

    /// <summary>Strings that are valid UTF-16 and have no NUL.</summary>
    public sealed record UnicodeText(NonNull<string> Raw)
    {
        public override string ToString() => string.Concat(Raw.Get.EnumerateRunes().Where(rune => rune.Value is not (0 or 0xFFFD)));
    }
}
