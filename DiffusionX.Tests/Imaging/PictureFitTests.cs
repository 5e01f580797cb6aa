using DiffusionX.Imaging;

namespace DiffusionX.Tests.Imaging;

[TestFixture]
public sealed class PictureFitTests
{
    [TestCase(4032, 3024, 512, 592, 440, Description = "a photograph of 12 megapixels")]
    [TestCase(3024, 4032, 512, 440, 592, Description = "the same, upright")]
    [TestCase(4032, 3024, 1024, 1184, 888)]
    [TestCase(512, 512, 512, 512, 512)]
    [TestCase(768, 512, 512, 768, 512, Description = "what such models draw well")]
    [TestCase(500, 333, 512, 504, 336, Description = "sides that are no multiples of 8")]
    [TestCase(1024, 1024, 512, 512, 512)]
    [TestCase(8192, 8, 512, 8192, 8)]
    [TestCase(8192, 1, 512, 8192, 8)]
    [TestCase(1, 1, 512, 8, 8)]
    public void A_picture_keeps_its_proportions_and_has_about_the_models_area(int width, int height, int native, int fitWidth, int fitHeight) =>
        Assert.That(PictureFit.Of(width, height, native, native), Is.EqualTo(new PictureFit(fitWidth, fitHeight)));

    [Test]
    public void Any_size_becomes_one_that_the_model_can_draw([Random(1, 8192, 20)] int width, [Random(1, 8192, 20)] int height)
    {
        var fit = PictureFit.Of(width, height, 512, 512);

        Assert.That((fit.Width % 8, fit.Height % 8), Is.EqualTo((0, 0)));
        Assert.That((long)fit.Width * fit.Height, Is.LessThan(2.2 * 512 * 512));
    }

    [Test]
    public void What_is_done_is_a_sentence()
    {
        Assert.That(new PictureFit(592, 440).Describe(4032, 3024), Does.Contain("4032 × 3024").And.Contain("592 × 440"));
        Assert.That(new PictureFit(512, 512).Describe(512, 512), Is.Null);
    }
}
