using System.Runtime.Versioning;
using DiffusionX.Runtime;

namespace DiffusionX.Tests.Runtime;

[TestFixture]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("a.txt");

    public void Dispose() => folder.Dispose();

    [Test]
    public void A_file_is_replaced_and_nothing_else_is_left()
    {
        AtomicFile.Write(Target, "old");
        AtomicFile.Write(Target, "new");

        Assert.That(File.ReadAllText(Target), Is.EqualTo("new"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo([Target]));
    }

    [Test]
    public void What_fails_halfway_leaves_the_old_file_and_nothing_else()
    {
        AtomicFile.Write(Target, "old");

        Assert.That(
            () => AtomicFile.Write(Target, stream =>
            {
                stream.WriteByte(1);
                throw new IOException("broken off");
            }),
            Throws.InstanceOf<IOException>());

        Assert.That(File.ReadAllText(Target), Is.EqualTo("old"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo([Target]));
    }

    [Test]
    public void A_link_stays_a_link_and_its_file_is_replaced()
    {
        Directory.CreateDirectory(folder.File("elsewhere"));
        var file = folder.Write("elsewhere/file", "old");
        File.CreateSymbolicLink(folder.File("middle"), file);
        File.CreateSymbolicLink(Target, folder.File("middle"));

        AtomicFile.Write(Target, "new");

        Assert.That(new FileInfo(Target).LinkTarget, Is.EqualTo(folder.File("middle")));
        Assert.That(File.ReadAllText(file), Is.EqualTo("new"));
        Assert.That(new FileInfo(file).LinkTarget, Is.Null);
    }

    [Test]
    public void A_link_to_a_file_that_is_not_there_yet_leads_to_it()
    {
        File.CreateSymbolicLink(Target, "later");

        AtomicFile.Write(Target, "new");

        Assert.That(File.ReadAllText(folder.File("later")), Is.EqualTo("new"));
    }

    [Test]
    public void Links_in_a_circle_are_an_error()
    {
        File.CreateSymbolicLink(Target, folder.File("b"));
        File.CreateSymbolicLink(folder.File("b"), Target);

        Assert.That(() => AtomicFile.Write(Target, "new"), Throws.InstanceOf<IOException>());
    }

    [Test]
    [Platform("Unix")]
    [UnsupportedOSPlatform("windows")]
    public void The_old_files_permissions_stay([Values(UnixFileMode.UserRead | UnixFileMode.UserWrite, (UnixFileMode)0x1A4 | UnixFileMode.GroupWrite)] UnixFileMode mode)
    {
        AtomicFile.Write(Target, "old");
        File.SetUnixFileMode(Target, mode);

        AtomicFile.Write(Target, "new");

        Assert.That(File.GetUnixFileMode(Target), Is.EqualTo(mode));
    }

    [Test]
    [Platform("Unix")]
    public void A_device_is_written_to_and_not_replaced()
    {
        AtomicFile.Write("/dev/null", "new");

        Assert.That(File.ReadAllText("/dev/null"), Is.Empty);
    }

    [Test]
    public void A_name_of_the_longest_length_is_written()
    {
        var path = folder.File(new string('é', 125) + ".png");

        AtomicFile.CheckWritable(path);
        AtomicFile.Write(path, "new");

        Assert.That(File.ReadAllText(path), Is.EqualTo("new"));
    }

    [Test]
    public void What_can_be_known_before_writing_is_said_before()
    {
        folder.Write("file", "");
        (string Path, string Message)[] cases =
        [
            (folder.File("absent/a.png"), "Its folder does not exist"),
            (folder.File("file/a.png"), "is a file, not a folder"),
            (folder.Path, "It is a folder"),
            (folder.Path + Path.DirectorySeparatorChar, "It is a folder"),
            (folder.File(new string('é', 126) + ".png"), "takes 256 bytes"),
        ];

        Assert.Multiple(() =>
        {
            foreach (var (path, message) in cases)
            {
                Assert.That(() => AtomicFile.CheckWritable(path), Throws.InstanceOf<IOException>().With.Message.Contains(message));
                Assert.That(() => AtomicFile.Write(path, ""), Throws.InstanceOf<IOException>().With.Message.Contains(message));
            }
        });
    }

    [Test]
    public void Checking_leaves_nothing_behind_and_the_old_file_alone()
    {
        AtomicFile.Write(Target, "old");

        AtomicFile.CheckWritable(Target);
        AtomicFile.CheckWritable(folder.File("another"));

        Assert.That(File.ReadAllText(Target), Is.EqualTo("old"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo([Target]));
    }

    [Test]
    [Platform("Linux")]
    public void A_folder_that_takes_no_files_is_known_before() =>
        Assert.That(() => AtomicFile.CheckWritable("/sys/a.png"), Throws.InstanceOf<UnauthorizedAccessException>().Or.InstanceOf<IOException>());
}
