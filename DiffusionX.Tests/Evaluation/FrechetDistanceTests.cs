using DiffusionX.Evaluation;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Evaluation;

[TestFixture]
[NoTensorLeaks]
public sealed class FrechetDistanceTests
{
    private const double Rounding = 1e-9;

    [ReferenceCases("metrics")]
    public void It_is_pytorch_fids_distance(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();

        var distance = FrechetDistance.Between(reference.Input("features_a"), reference.Input("features_b"));

        reference.AssertClose("fid", tensor([distance]));
    }

    [Test]
    public void A_set_has_no_distance_to_itself()
    {
        using var features = Normal(seed: 1, count: 200, width: 16);

        Assert.That(FrechetDistance.Between(features, features), Is.EqualTo(0).Within(Rounding));
    }

    [Test]
    public void It_is_symmetric()
    {
        using var first = Normal(seed: 1, count: 100, width: 8);
        using var second = Normal(seed: 2, count: 50, width: 8);

        var distance = FrechetDistance.Between(first, second);

        Assert.That(distance, Is.GreaterThan(0.01).And.EqualTo(FrechetDistance.Between(second, first)).Within(Rounding));
    }

    [Test]
    public void A_shift_counts_with_its_squared_length()
    {
        using var features = Normal(seed: 1, count: 100, width: 4);
        using var shift = tensor([3.0, 0, 4, 0]);
        using var shifted = features + shift;

        Assert.That(FrechetDistance.Between(features, shifted), Is.EqualTo(25).Within(Rounding));
    }

    [Test]
    public void A_stretch_counts_with_the_variance_that_it_adds_to_the_deviations()
    {
        using var scope = NewDisposeScope();
        var features = Normal(seed: 1, count: 100, width: 4);
        var centered = features - features.mean([0]);

        var distance = FrechetDistance.Between(centered, centered * 3);

        // (3σ - σ)² in each direction
        Assert.That(distance, Is.EqualTo(4 * centered.var(0).sum().item<double>()).Within(Rounding));
    }

    [Test]
    public void Fewer_pictures_than_features_will_do()
    {
        using var features = Normal(seed: 1, count: 5, width: 32);

        Assert.That(FrechetDistance.Between(features, features), Is.EqualTo(0).Within(1e-6));
    }

    [Test]
    public void Features_of_different_lengths_are_refused()
    {
        using var narrow = Normal(seed: 1, count: 5, width: 2);
        using var wide = Normal(seed: 1, count: 5, width: 3);

        Assert.That(() => FrechetDistance.Between(narrow, wide), Throws.ArgumentException.With.Message.Contains("length 3"));
    }

    [Test]
    public void A_single_picture_has_no_covariance()
    {
        using var one = Normal(seed: 1, count: 1, width: 2);

        Assert.That(() => FrechetDistance.Between(one, one), Throws.InvalidOperationException.With.Message.Contains("two feature vectors"));
    }

    private static Tensor Normal(long seed, long count, long width)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return randn([count, width], ScalarType.Float64, generator: generator);
    }
}
