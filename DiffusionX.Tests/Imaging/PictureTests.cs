using DiffusionX.Imaging;

namespace DiffusionX.Tests.Imaging;

[TestFixture]
public sealed class PictureTests
{
    [Test]
    public void A_png_file_gives_back_every_pixel()
    {
        var picture = Pictures.Noise(37, 21);

        var decoded = Picture.Decode(picture.Encode(PictureFormat.Png));

        Assert.That(decoded, Is.SamePictureAs(picture));
    }

    [TestCase(PictureFormat.Jpeg)]
    [TestCase(PictureFormat.WebP)]
    public void Lossy_files_give_back_nearly_the_same_colours(PictureFormat format)
    {
        var picture = Pictures.Gradient(64, 48);

        var decoded = Picture.Decode(picture.Encode(format, quality: 95));

        Assert.That(decoded, Is.SamePictureAs(picture).Within(15));
    }

    [Test]
    public void Lower_quality_makes_a_smaller_file()
    {
        var picture = Pictures.Noise(64, 64);

        Assert.That(picture.Encode(PictureFormat.Jpeg, 10), Has.Length.LessThan(picture.Encode(PictureFormat.Jpeg, 95).Length / 2));
    }

    [Test]
    public void The_pixels_given_are_copied()
    {
        byte[] pixels = [1, 2, 3];
        var picture = new Picture(1, 1, pixels);

        pixels[0] = 9;

        Assert.That(picture.At(0, 0), Is.EqualTo((1, 2, 3)));
    }

    [Test]
    public void Pixels_that_do_not_fit_the_size_are_refused() =>
        Assert.That(() => new Picture(2, 2, new byte[11]), Throws.ArgumentException.With.Message.Contains("2 × 2"));

    [Test]
    public void A_larger_side_than_the_format_holds_is_an_error()
    {
        var tooWideForWebP = Pictures.Plain(20000, 1, 0, 0, 0);

        Assert.That(() => tooWideForWebP.Encode(PictureFormat.WebP), Throws.TypeOf<PictureException>().With.Message.Contains("20000 × 1"));
    }

    [Test]
    public void The_short_side_is_resized_and_the_long_one_follows()
    {
        var wide = Pictures.Gradient(100, 51).ResizeShortSide(20);
        var tall = Pictures.Gradient(51, 100).ResizeShortSide(20);

        Assert.That((wide.Width, wide.Height), Is.EqualTo((39, 20)));
        Assert.That((tall.Width, tall.Height), Is.EqualTo((20, 39)));
    }

    [Test]
    public void The_centre_is_cropped()
    {
        var picture = Pictures.Make(7, 4, (x, y) => ((byte)x, (byte)y, 0));

        var square = picture.CenterCrop(2);

        Assert.That((square.Width, square.Height), Is.EqualTo((2, 2)));
        Assert.That(square.At(0, 0), Is.EqualTo((2, 1, 0)));
        Assert.That(square.At(1, 1), Is.EqualTo((3, 2, 0)));
    }

    [Test]
    public void A_larger_canvas_goes_on_with_the_colours_at_the_edges()
    {
        var picture = Pictures.Make(3, 2, (x, y) => ((byte)(x + 1), (byte)(y + 1), 0));

        var extended = picture.Extend(left: 2, top: 1, right: 1, bottom: 3);

        Assert.That((extended.Width, extended.Height), Is.EqualTo((6, 6)));
        Assert.That(extended.At(2, 1), Is.EqualTo((1, 1, 0)));
        Assert.That(extended.At(0, 0), Is.EqualTo((1, 1, 0)));
        Assert.That(extended.At(5, 5), Is.EqualTo((3, 2, 0)));
        Assert.That(() => picture.Extend(0, 0, Picture.MaxSide, 0), Throws.ArgumentException.With.Message.Contains("8195 × 2"));
    }

    [Test]
    public void A_crop_larger_than_the_picture_is_refused() =>
        Assert.That(() => Pictures.Gradient(9, 5).CenterCrop(6), Throws.TypeOf<ArgumentOutOfRangeException>());
}
