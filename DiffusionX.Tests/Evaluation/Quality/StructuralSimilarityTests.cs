using DiffusionX.Evaluation.Quality;
using DiffusionX.Imaging;
using DiffusionX.Tests.Imaging;

namespace DiffusionX.Tests.Evaluation.Quality;

[TestFixture]
[NoTensorLeaks]
public sealed class StructuralSimilarityTests
{
    private static readonly Picture One = Pictures.Noise(32, 32, seed: 1);

    [Test]
    public void A_picture_is_as_alike_to_itself_as_can_be() => Assert.That(Between(One, One), Is.EqualTo(1).Within(1e-4));

    [Test]
    public void Unrelated_noise_is_hardly_alike() => Assert.That(Between(One, Pictures.Noise(32, 32, seed: 2)), Is.InRange(-0.2, 0.2));

    [Test]
    public void Another_size_of_the_same_even_picture_is_the_same()
    {
        var small = new Picture(16, 16, [.. Enumerable.Repeat((byte)90, 3 * 16 * 16)]);

        Assert.That(Between(small, small.Resize(64, 64)), Is.EqualTo(1).Within(1e-4));
    }

    private static float Between(Picture one, Picture other)
    {
        using var measure = new StructuralSimilarity();
        using var scores = measure.Score([new KeptPair(one, "", other, "")]);
        return scores.data<float>()[0];
    }
}
