using DiffusionX.Imaging;
using TorchSharp;
using static TorchSharp.torch.nn.functional;

namespace DiffusionX.Tests.Imaging;

[TestFixture]
public sealed class BicubicResamplerTests
{
    private static readonly (int Width, int Height)[] Sizes = [(1, 1), (7, 5), (16, 40), (31, 17), (64, 64), (100, 3)];

    [Test]
    public void The_same_size_gives_the_same_pixels()
    {
        var picture = Pictures.Noise(13, 9);

        Assert.That(picture.Resize(13, 9), Is.SamePictureAs(picture));
    }

    [Test]
    public void One_colour_stays_one_colour([ValueSource(nameof(Sizes))] (int Width, int Height) size)
    {
        var picture = Pictures.Plain(31, 17, 255, 128, 3);

        var resized = picture.Resize(size.Width, size.Height);

        Assert.That(resized, Is.SamePictureAs(Pictures.Plain(size.Width, size.Height, 255, 128, 3)));
    }

    [TestCase(200)]
    [TestCase(25)]
    public void A_ramp_stays_a_ramp_inside(int width)
    {
        var picture = Pictures.Make(100, 1, (x, _) => ((byte)(20 + (2 * x)), 0, 0));

        var resized = picture.Resize(width, 1);

        var scale = 100.0 / width;
        for (var x = (int)(4 / Math.Min(scale, 1)); x < width - (4 / Math.Min(scale, 1)); x++)
        {
            var expected = 20 + (2 * (((x + 0.5) * scale) - 0.5));
            Assert.That(resized.At(x, 0).Red, Is.EqualTo(expected).Within(0.51));
        }
    }

    [Test]
    public void Sizes_and_proportions_are_free(
        [ValueSource(nameof(Sizes))] (int Width, int Height) from, [ValueSource(nameof(Sizes))] (int Width, int Height) to)
    {
        var resized = Pictures.Noise(from.Width, from.Height).Resize(to.Width, to.Height);

        Assert.That((resized.Width, resized.Height), Is.EqualTo(to));
    }

    // libtorch's antialiased bicubic interpolation has the same kernel, but no 8-bit values between the passes: contrast is kept low here,
    // so that nothing overshoots and is clipped there.
    [TestCase(64, 48, 20, 15)]
    [TestCase(20, 15, 64, 48)]
    [TestCase(50, 50, 49, 51)]
    [TestCase(224, 7, 10, 10)]
    public void It_agrees_with_libtorch(int width, int height, int newWidth, int newHeight)
    {
        using var scope = torch.NewDisposeScope();
        var random = new Random(1);
        var picture = Pictures.Make(width, height, (_, _) => (Middling(random), Middling(random), Middling(random)));
        var theirs = interpolate(
            picture.ToTensor(PixelRange.ZeroToOne),
            [newHeight, newWidth],
            mode: torch.InterpolationMode.Bicubic,
            align_corners: false,
            antialias: true);

        var ours = picture.Resize(newWidth, newHeight);

        Assert.That(ours, Is.SamePictureAs(theirs.ToPictures()[0]).Within(1));
    }

    private static byte Middling(Random random) => (byte)random.Next(80, 180);
}
