using System.Security.Cryptography;
using System.Text;
using DiffusionX.Imaging;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Sessions.Saving;

namespace DiffusionX.Tests.Sessions.Saving;

[TestFixture]
public sealed class SessionFileTests
{
    private const string Vae = "0123456789abcdef";

    private TemporaryFolder folder = null!;

    private string File => folder.File("session.dxs");

    [SetUp]
    public async Task WriteASession()
    {
        folder = new TemporaryFolder();
        Round[] rounds =
        [
            new(1, null, "a \"red\" house 🏠", 7, 1, 25, TimeSpan.FromSeconds(1.5), new Latent([1, -2.5f, float.Epsilon, 4], 1, 2, 2)),
            new(2, 1, "", -8, 0.45, 11, TimeSpan.FromSeconds(0.5), new Latent([5, 6], 2, 1, 1)) { Mask = new Mask(1, 1, [true]) },
        ];
        await SessionFile.WriteAsync(File, new SessionSnapshot(long.MinValue, 1, rounds), Vae, CancellationToken.None);
    }

    [TearDown]
    public void DeleteIt() => folder.Dispose();

    [Test]
    public void A_session_is_read_as_it_was_written()
    {
        var history = SessionFile.Read(File, Vae);

        Assert.Multiple(() =>
        {
            Assert.That((history.Seed, history.Current?.Number), Is.EqualTo((long.MinValue, (int?)1)));
            Assert.That(history.Rounds.Select(round => (round.Prompt, round.Parent, round.Seed, round.Strength, round.StepsRun)), Is.EqualTo(new[]
            {
                ("a \"red\" house 🏠", (int?)null, 7L, 1.0, 25),
                ("", 1, -8L, 0.45, 11),
            }));
            Assert.That(history.Rounds[0].Latent.Values.ToArray(), Is.EqualTo(new[] { 1, -2.5f, float.Epsilon, 4 }));
            Assert.That(history.Rounds.Select(round => round.Mask?.Redrawn.ToArray()), Is.EqualTo(new[] { null, new[] { true } }));
            Assert.That((history.Rounds[1].Latent.Channels, history.Rounds[1].Duration), Is.EqualTo((2, TimeSpan.FromSeconds(0.5))));
        });
    }

    [Test]
    public async Task A_file_of_the_first_version_which_knew_no_masks_is_read()
    {
        Round round = new(1, null, "a red house", 7, 1, 25, TimeSpan.FromSeconds(1.5), new Latent([1, 2], 2, 1, 1));
        await SessionFile.WriteAsync(File, new SessionSnapshot(7, 1, [round]), Vae, CancellationToken.None);
        var content = System.IO.File.ReadAllBytes(File)[..^SHA256.HashSizeInBytes];
        "DXSESS01"u8.CopyTo(content);
        folder.Write("first.dxs", [.. content, .. SHA256.HashData(content)]);

        var history = SessionFile.Read(folder.File("first.dxs"), Vae);

        Assert.That(history.Rounds.Select(read => (read.Prompt, read.Mask)), Is.EqualTo(new[] { ("a red house", (Mask?)null) }));
        Assert.That(Encoding.UTF8.GetString(content), Does.Not.Contain("mask"));
    }

    [Test]
    public void A_file_that_was_cut_short_anywhere_is_refused()
    {
        var whole = System.IO.File.ReadAllBytes(File);

        for (var length = 0; length < whole.Length; length++)
        {
            folder.Write("cut.dxs", whole[..length]);
            Assert.That(() => SessionFile.Read(folder.File("cut.dxs"), Vae), Throws.TypeOf<SessionException>().With.Message.Contains("cut.dxs"), $"{length} bytes");
        }
    }

    [Test]
    public void A_file_in_which_any_byte_is_wrong_is_refused()
    {
        var whole = System.IO.File.ReadAllBytes(File);

        for (var i = 0; i < whole.Length; i++)
        {
            var damaged = whole.ToArray();
            damaged[i] ^= 0x10;
            folder.Write("damaged.dxs", damaged);
            Assert.That(() => SessionFile.Read(folder.File("damaged.dxs"), Vae), Throws.TypeOf<SessionException>(), $"byte {i}");
        }
    }

    [Test]
    public void A_session_of_another_VAE_is_refused() =>
        Assert.That(() => SessionFile.Read(File, "fedcba9876543210"), Throws.TypeOf<SessionException>().With.Message.Contains("another VAE"));

    [Test]
    public void A_file_that_is_not_there_is_named() =>
        Assert.That(() => SessionFile.Read(folder.File("none.dxs"), Vae), Throws.TypeOf<SessionException>().With.Message.Contains("none.dxs"));

    [Test]
    public void A_file_that_can_not_be_written_is_named()
    {
        var path = Path.Combine(folder.File("no such folder"), "session.dxs");

        Assert.That(
            () => SessionFile.WriteAsync(path, new SessionSnapshot(1, null, []), Vae, CancellationToken.None),
            Throws.TypeOf<SessionException>().With.Message.Contains(path));
    }
}
