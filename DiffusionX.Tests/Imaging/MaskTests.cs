using DiffusionX.Imaging;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Imaging;

[TestFixture]
[NoTensorLeaks]
public sealed class MaskTests
{
    [Test]
    public void White_is_redrawn_and_black_is_kept()
    {
        var png = Pictures.Make(4, 1, (x, _) => x switch { 0 => (0, 0, 0), 1 => (127, 127, 127), 2 => (128, 128, 128), _ => (255, 255, 255) })
            .Encode(PictureFormat.Png);

        var mask = Mask.Decode(png);

        Assert.That(mask.Redrawn.ToArray(), Is.EqualTo(new[] { false, false, true, true }));
    }

    [Test]
    public void A_picture_with_transparency_is_redrawn_where_it_is_transparent()
    {
        var png = Encoded.Transparent(3, 1, 255, 255, 255, 255, 0, 0, 0, 0, 9, 9, 9, 200);

        Assert.That(Mask.Decode(png).Redrawn.ToArray(), Is.EqualTo(new[] { false, true, false }));
    }

    [Test]
    public void A_mask_is_turned_upright_as_its_picture_is()
    {
        var stored = Pictures.Make(4, 2, (x, y) => (x, y) == (0, 0) ? ((byte)255, (byte)255, (byte)255) : ((byte)0, (byte)0, (byte)0)).Encode(PictureFormat.Png);

        var mask = Mask.Decode(Encoded.With(stored, "eXIf", Encoded.Exif(6)));

        Assert.That((mask.Width, mask.Height), Is.EqualTo((2, 4)));
        Assert.That(mask.Redrawn.ToArray().Index().Where(each => each.Item).Select(each => each.Index), Is.EqualTo([1]));
    }

    [Test]
    public void A_mask_is_a_tensor_of_zeros_and_ones()
    {
        using var scope = NewDisposeScope();

        var values = new Mask(3, 2, [true, false, false, false, false, true]).ToTensor();

        Assert.That(values.shape, Is.EqualTo(new long[] { 1, 1, 2, 3 }));
        Assert.That(values.data<float>().ToArray(), Is.EqualTo(new float[] { 1, 0, 0, 0, 0, 1 }));
    }

    [TestCase(64, 32, 8)]
    [TestCase(24, 40, 8)]
    [TestCase(12, 8, 4)]
    public void The_latents_mask_is_that_of_interpolation_by_the_nearest(int width, int height, int pixelsPerLatent)
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        var mask = new Mask(width, height, [.. Enumerable.Range(0, width * height).Select(_ => random.Next(2) == 1)]);

        var latent = mask.ToLatent(pixelsPerLatent);

        var expected = nn.functional.interpolate(mask.ToTensor(), [height / pixelsPerLatent, width / pixelsPerLatent], mode: InterpolationMode.Nearest);
        Assert.That(latent.ToTensor().shape, Is.EqualTo(expected.shape));
        Assert.That(latent.ToTensor().data<float>().ToArray(), Is.EqualTo(expected.data<float>().ToArray()));
    }

    [Test]
    public void Sides_that_are_no_multiples_have_no_latent() =>
        Assert.That(() => new Mask(12, 8, new bool[96]).ToLatent(), Throws.ArgumentException.With.Message.Contains("multiples of 8"));

    [TestCase(8, 1)]
    [TestCase(3, 3)]
    [TestCase(64, 64)]
    public void A_packed_mask_takes_a_bit_a_position(int width, int height)
    {
        var random = new Random(1);
        var mask = new Mask(width, height, [.. Enumerable.Range(0, width * height).Select(_ => random.Next(2) == 1)]);

        var packed = mask.Pack();

        Assert.That(packed, Has.Length.EqualTo(((width * height) + 7) / 8));
        Assert.That(Mask.Unpack(width, height, packed).Redrawn.ToArray(), Is.EqualTo(mask.Redrawn.ToArray()));
    }

    [Test]
    public void The_first_position_is_the_highest_bit() =>
        Assert.That(new Mask(9, 1, [true, false, false, false, false, false, false, true, true]).Pack(), Is.EqualTo(new byte[] { 0x81, 0x80 }));

    [Test]
    public void A_larger_canvas_is_redrawn_beside_the_mask()
    {
        var extended = new Mask(2, 1, [false, true]).Extend(left: 1, top: 0, right: 0, bottom: 1);

        Assert.That((extended.Width, extended.Height), Is.EqualTo((3, 2)));
        Assert.That(extended.Redrawn.ToArray(), Is.EqualTo(new[] { true, false, true, true, true, true }));
        Assert.That(() => extended.Extend(-1, 0, 0, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void What_makes_no_mask_is_refused()
    {
        Assert.That(() => new Mask(2, 2, new bool[3]), Throws.ArgumentException);
        Assert.That(() => Mask.Unpack(3, 3, new byte[1]), Throws.ArgumentException);
        Assert.That(() => Mask.Unpack(int.MaxValue, int.MaxValue, new byte[1]), Throws.ArgumentException);
        Assert.That(() => Mask.Decode([1, 2, 3]), Throws.TypeOf<PictureException>());
    }
}
