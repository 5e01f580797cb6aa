using DiffusionX.Imaging;
using TorchSharp;

namespace DiffusionX.Tests.Imaging;

[TestFixture]
public sealed class PictureTensorsTests
{
    [Test]
    public void A_picture_survives_the_way_to_a_tensor_and_back()
    {
        using var scope = torch.NewDisposeScope();
        var picture = Pictures.Make(16, 16, (x, y) => ((byte)((16 * y) + x), (byte)(255 - (16 * y) - x), (byte)(x * y)));

        var back = picture.ToTensor(PixelRange.ZeroToOne).ToPictures();

        Assert.That(back, Has.Count.EqualTo(1));
        Assert.That(back[0], Is.SamePictureAs(picture));
    }

    [Test]
    public void The_range_of_the_vae_survives_too()
    {
        using var scope = torch.NewDisposeScope();
        var picture = Pictures.Noise(16, 16);

        var back = (picture.ToTensor(PixelRange.MinusOneToOne) / 2 + 0.5).ToPictures()[0];

        Assert.That(back, Is.SamePictureAs(picture));
    }

    [Test]
    public void Channels_come_before_rows_and_columns()
    {
        using var scope = torch.NewDisposeScope();
        var picture = Pictures.Make(3, 2, (x, y) => ((byte)x, (byte)(10 + y), 255));

        var tensor = picture.ToTensor(PixelRange.ZeroToOne);

        Assert.That(tensor.shape, Is.EqualTo(new long[] { 1, 3, 2, 3 }));
        Assert.That(tensor[0, 0, 1, 2].item<float>(), Is.EqualTo(2 / 255f));
        Assert.That(tensor[0, 1, 1, 2].item<float>(), Is.EqualTo(11 / 255f));
        Assert.That(tensor[0, 2, 1, 2].item<float>(), Is.EqualTo(1f));
    }

    [Test]
    public void Black_is_minus_one_for_the_vae()
    {
        using var scope = torch.NewDisposeScope();

        var tensor = Pictures.Plain(1, 1, 0, 0, 255).ToTensor(PixelRange.MinusOneToOne);

        Assert.That(tensor.data<float>().ToArray(), Is.EqualTo(new[] { -1f, -1f, 1f }));
    }

    [Test]
    public void Values_are_clamped_and_halves_go_to_even()
    {
        using var scope = torch.NewDisposeScope();
        float[] values = [-1f, 2f, 0.5f / 255, 1.5f / 255, 2.5f / 255, 254.9f / 255];

        var picture = torch.tensor(values, [1, 3, 1, 2]).ToPictures()[0];

        Assert.That(picture.At(0, 0), Is.EqualTo((0, 0, 2)));
        Assert.That(picture.At(1, 0), Is.EqualTo((255, 2, 255)));
    }

    [Test]
    public void A_batch_gives_as_many_pictures()
    {
        using var scope = torch.NewDisposeScope();
        var (first, second) = (Pictures.Noise(5, 4, seed: 1), Pictures.Noise(5, 4, seed: 2));
        var batch = torch.cat([first.ToTensor(PixelRange.ZeroToOne), second.ToTensor(PixelRange.ZeroToOne)]);

        var pictures = batch.ToPictures();

        Assert.That(pictures, Has.Count.EqualTo(2));
        Assert.That(pictures[1], Is.SamePictureAs(second));
    }

    [Test]
    public void Another_shape_is_refused()
    {
        using var scope = torch.NewDisposeScope();

        Assert.That(() => torch.zeros(1, 4, 8, 8).ToPictures(), Throws.ArgumentException.With.Message.Contains("[1, 4, 8, 8]"));
    }
}
