using DiffusionX.Imaging;

namespace DiffusionX.Tests.Imaging;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PictureFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [TestCase("a.png", PictureFormat.Png)]
    [TestCase("a.JPG", PictureFormat.Jpeg)]
    [TestCase("a.jpeg", PictureFormat.Jpeg)]
    [TestCase("a.webp", PictureFormat.WebP)]
    public void The_extension_chooses_the_format(string name, PictureFormat format)
    {
        var picture = Pictures.Gradient(16, 16);

        picture.Save(folder.File(name));

        Assert.That(File.ReadAllBytes(folder.File(name)), Is.EqualTo(picture.Encode(format)));
    }

    [Test]
    public void A_saved_file_loads_and_nothing_else_is_left_in_the_folder()
    {
        var picture = Pictures.Noise(5, 6);
        var path = folder.File("a.png");

        Pictures.Noise(3, 3).Save(path);
        picture.Save(path);

        Assert.That(Picture.Load(path), Is.SamePictureAs(picture));
        Assert.That(Directory.GetFiles(folder.Path), Is.EqualTo([path]));
    }

    [Test]
    public void The_content_decides_what_is_read_and_not_the_extension()
    {
        var path = folder.File("really-a-png.jpg");
        File.WriteAllBytes(path, Pictures.Gradient(4, 3).Encode(PictureFormat.Png));

        Assert.That(Picture.Load(path).Width, Is.EqualTo(4));
    }

    [TestCase("a.gif", ".gif")]
    [TestCase("a", "no extension")]
    public void An_unknown_extension_is_refused_with_the_list_of_known_ones(string name, string complaint) =>
        Assert.That(
            () => Pictures.Gradient(2, 2).Save(folder.File(name)),
            Throws.TypeOf<PictureException>().With.Message.Contains(complaint).And.Message.Contains(".png, .jpg, .jpeg or .webp"));

    [Test]
    public void A_missing_folder_is_named() =>
        Assert.That(
            () => Pictures.Gradient(2, 2).Save(folder.File("absent/a.png")),
            Throws.TypeOf<PictureException>().With.Message.Contains("absent").And.Message.Contains("folder does not exist"));

    [Test]
    public void A_file_that_cannot_be_replaced_leaves_no_temporary_file()
    {
        Directory.CreateDirectory(folder.File("a.png"));

        Assert.That(
            () => Pictures.Gradient(2, 2).Save(folder.File("a.png")), Throws.TypeOf<PictureException>().With.Message.Contains("a.png"));
        Assert.That(Directory.GetFiles(folder.Path), Is.Empty);
    }

    [Test]
    public void Whether_a_picture_can_be_saved_is_known_before_there_is_one()
    {
        var path = folder.File("a.png");

        Assert.That(() => Picture.CheckSavePath(path), Throws.Nothing);
        Assert.That(File.Exists(path), Is.False);
        Assert.That(() => Picture.CheckSavePath(folder.File("a.gif")), Throws.TypeOf<PictureException>().With.Message.Contains(".gif"));
        Assert.That(() => Picture.CheckSavePath(folder.File("absent/a.png")), Throws.TypeOf<PictureException>().With.Message.Contains("folder does not exist"));
    }

    [Test]
    public void A_missing_file_is_named() =>
        Assert.That(
            () => Picture.Load(folder.File("absent.png")),
            Throws.TypeOf<PictureException>().With.Message.Contains("There is no such file"));

    [Test]
    public void A_folder_is_no_picture() =>
        Assert.That(() => Picture.Load(folder.Path), Throws.TypeOf<PictureException>().With.Message.Contains("a folder"));

    [Test]
    public void A_damaged_file_is_named()
    {
        var path = folder.File("damaged.png");
        File.WriteAllBytes(path, Pictures.Noise(30, 30).Encode(PictureFormat.Png)[..200]);

        Assert.That(
            () => Picture.Load(path),
            Throws.TypeOf<PictureException>().With.Message.Contains(path).And.Message.Contains("damaged"));
    }
}
