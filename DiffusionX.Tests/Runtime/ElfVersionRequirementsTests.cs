using DiffusionX.Runtime;

namespace DiffusionX.Tests.Runtime;

[TestFixture]
[Platform("Linux", Reason = "ELF is the format of Linux's libraries.")]
public sealed class ElfVersionRequirementsTests
{
    [Test]
    public void A_need_that_the_library_has_is_marked_weak_in_two_bytes_at_most()
    {
        var original = File.ReadAllBytes(TorchRuntime.LibraryPath!);
        var changed = original.ToArray();

        var found = ElfVersionRequirements.Weaken(changed, "GLIBCXX_3.4.32");

        Assert.Multiple(() =>
        {
            Assert.That(found, Is.True);
            Assert.That(original.Zip(changed).Count(pair => pair.First != pair.Second), Is.EqualTo(1));
        });
    }

    [Test]
    public void A_need_that_the_library_has_not_leaves_it_alone()
    {
        var original = File.ReadAllBytes(TorchRuntime.LibraryPath!);
        var changed = original.ToArray();

        var found = ElfVersionRequirements.Weaken(changed, "GLIBCXX_9.9.99");

        Assert.Multiple(() =>
        {
            Assert.That(found, Is.False);
            Assert.That(changed, Is.EqualTo(original));
        });
    }

    [Test]
    public void What_is_no_ELF_file_is_refused()
    {
        Assert.That(() => ElfVersionRequirements.Weaken(new byte[100], "GLIBCXX_3.4.32"), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void A_truncated_file_is_refused()
    {
        var truncated = File.ReadAllBytes(TorchRuntime.LibraryPath!)[..4096];

        Assert.That(() => ElfVersionRequirements.Weaken(truncated, "GLIBCXX_3.4.32"), Throws.TypeOf<InvalidDataException>());
    }
}
