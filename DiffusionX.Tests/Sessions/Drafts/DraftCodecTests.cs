using DiffusionX.Pipeline.Latents;
using DiffusionX.Sessions;
using DiffusionX.Sessions.Drafts;
using DiffusionX.Transport.Messages;

namespace DiffusionX.Tests.Sessions.Drafts;

[TestFixture]
public sealed class DraftCodecTests
{
    [TestCase(DraftEncoding.Float16Latent, 0.002)]
    [TestCase(DraftEncoding.Latent8, 0.02)]
    public void A_latent_comes_back_almost_as_it_was(DraftEncoding encoding, double tolerance)
    {
        var latent = Noise(4, 16, 16);

        var back = DraftCodec.DecodeLatent(DraftCodec.Encode(latent, encoding));

        Assert.That((back.Channels, back.Height, back.Width), Is.EqualTo((4, 16, 16)));
        Assert.That(back, Is.SameLatentAs(latent).Within(tolerance));
    }

    [TestCase(DraftEncoding.Float16Latent, 16, 2048)]
    [TestCase(DraftEncoding.Latent8, 16, 1040)]
    [TestCase(DraftEncoding.Float16Latent, 64, 32768)]
    [TestCase(DraftEncoding.Latent8, 64, 16400)]
    public void A_latents_size_in_bytes_is_known(DraftEncoding encoding, int side, int bytes) =>
        Assert.That(DraftCodec.Encode(Noise(4, side, side), encoding).Bytes, Has.Length.EqualTo(bytes));

    [Test]
    public void Each_channel_has_a_scale_of_its_own_in_8_bits()
    {
        var latent = new Latent([100, -50, 0.001f, -0.0005f], 2, 1, 2);

        var back = DraftCodec.DecodeLatent(DraftCodec.Encode(latent, DraftEncoding.Latent8));

        Assert.That(back.Values.ToArray(), Is.EqualTo(latent.Values.ToArray()).Within(1).Percent);
    }

    [Test]
    public void A_latent_of_zeros_stays_one()
    {
        var back = DraftCodec.DecodeLatent(DraftCodec.Encode(new Latent(new float[8], 2, 2, 2), DraftEncoding.Latent8));

        Assert.That(back.Values.ToArray(), Has.All.Zero);
    }

    [Test]
    public void A_latent_that_holds_no_numbers_is_refused_where_it_is_read()
    {
        var draft = DraftCodec.Encode(new Latent([1, float.NaN, 2, 3], 1, 2, 2), DraftEncoding.Float16Latent);

        Assert.That(() => DraftCodec.DecodeLatent(draft), Throws.TypeOf<SessionException>().With.Message.Contains("no number"));
    }

    private static Latent Noise(int channels, int height, int width)
    {
        var random = new Random(1);
        return new Latent([.. Enumerable.Range(0, channels * height * width).Select(_ => (float)((random.NextDouble() * 4) - 2))], channels, height, width);
    }
}
