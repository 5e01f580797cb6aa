using DiffusionX.Imaging;
using TorchSharp;

namespace DiffusionX.Tests.Imaging;

[TestFixture]
public sealed class ClipPreprocessingTests
{
    [Test]
    public void Mean_and_deviation_are_taken_out()
    {
        using var scope = torch.NewDisposeScope();

        var values = ClipPreprocessing.ToPixelValues(Pictures.Plain(300, 400, 255, 0, 51));

        Assert.That(values.shape, Is.EqualTo(new long[] { 1, 3, 224, 224 }));
        Assert.That(values[0, 0].min().item<float>(), Is.EqualTo((1 - 0.48145466f) / 0.26862954f).Within(1e-6));
        Assert.That(values[0, 1].max().item<float>(), Is.EqualTo(-0.4578275f / 0.26130258f).Within(1e-6));
        Assert.That(values[0, 2, 100, 100].item<float>(), Is.EqualTo((0.2f - 0.40821073f) / 0.27577711f).Within(1e-6));
    }

    [TestCase(640, 224)]
    [TestCase(224, 333)]
    [TestCase(10, 31)]
    public void Every_proportion_gives_a_square(int width, int height)
    {
        using var scope = torch.NewDisposeScope();

        Assert.That(ClipPreprocessing.ToPixelValues(Pictures.Gradient(width, height)).shape, Is.EqualTo(new long[] { 1, 3, 224, 224 }));
    }

    [Test]
    public void The_middle_is_kept()
    {
        using var scope = torch.NewDisposeScope();
        var (black, white) = (Pictures.Plain(32, 32, 0, 0, 0), Pictures.Plain(32, 32, 255, 255, 255));

        var values = ClipPreprocessing.ToPixelValues(PictureGrid.Row([black, white, black]), size: 32);

        Assert.That(values.min().item<float>(), Is.GreaterThan(1));
    }
}
