using DiffusionX.Cli.Evaluate;

namespace DiffusionX.Tests.Cli;

[TestFixture]
public sealed class SessionGalleryTests
{
    [Test]
    public void Systems_whose_names_differ_by_a_digit_have_folders_of_their_own()
    {
        var gallery = new SessionGallery("pictures");

        var two = gallery.FolderOf("DiffusionX with feature cache 2");

        Assert.That(two, Is.EqualTo(Path.Combine("pictures", "diffusionx-with-feature-cache-2")));
        Assert.That(two, Is.Not.EqualTo(gallery.FolderOf("DiffusionX with feature cache 3")));
    }
}
