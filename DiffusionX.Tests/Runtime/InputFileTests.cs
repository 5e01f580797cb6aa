using System.Diagnostics;
using DiffusionX.Runtime;

namespace DiffusionX.Tests.Runtime;

[TestFixture]
public sealed class InputFileTests
{
    private static readonly byte[] Content = [1, 2, 3];

    [Test]
    public void A_file_is_read()
    {
        using var folder = new TemporaryFolder();

        Assert.That(InputFile.ReadAllBytes(folder.Write("x", Content), maximum: 3), Is.EqualTo(Content));
    }

    [Test]
    public void A_file_is_read_through_links()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("x", Content);
        File.CreateSymbolicLink(folder.File("link"), file);
        File.CreateSymbolicLink(folder.File("link-to-link"), folder.File("link"));

        Assert.That(InputFile.ReadAllBytes(folder.File("link-to-link"), maximum: 3), Is.EqualTo(Content));
    }

    [Test]
    public void A_file_that_is_too_long_is_refused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x", Content);

        Assert.That(() => InputFile.ReadAllBytes(path, maximum: 2), Throws.TypeOf<IOException>().With.Message.Contains("at most"));
    }

    [Test]
    [Platform("Linux", Reason = "Makes a named pipe with mkfifo.")]
    public void A_pipe_is_refused_without_waiting_for_who_writes_into_it([Values] bool throughALink)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("pipe");
        using (var mkfifo = Process.Start("mkfifo", [path]))
        {
            mkfifo.WaitForExit();
        }

        if (throughALink)
        {
            File.CreateSymbolicLink(folder.File("link"), path);
            path = folder.File("link");
        }

        Assert.That(() => InputFile.OpenRead(path), Throws.TypeOf<IOException>().With.Message.Contains("pipe or device"));
    }

    [TestCase("/dev/zero")]
    [TestCase("/dev/full")]
    [Platform("Linux", Reason = "The devices are Linux's.")]
    public void A_device_is_refused(string path) => Assert.That(() => InputFile.OpenRead(path), Throws.TypeOf<IOException>().With.Message.Contains("pipe or device"));

    [Test]
    public void A_folder_an_empty_file_and_what_is_not_there_are_refused()
    {
        using var folder = new TemporaryFolder();

        Assert.Multiple(() =>
        {
            Assert.That(() => InputFile.OpenRead(folder.Path), Throws.TypeOf<IOException>().With.Message.Contains("folder"));
            Assert.That(() => InputFile.OpenRead(folder.Write("empty", "")), Throws.TypeOf<IOException>().With.Message.Contains("empty"));
            Assert.That(() => InputFile.OpenRead(folder.File("none")), Throws.InstanceOf<IOException>());
        });
    }

    [Test]
    public void A_link_to_itself_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.File("link"), folder.File("link"));

        Assert.That(() => InputFile.OpenRead(folder.File("link")), Throws.InstanceOf<IOException>());
    }
}
