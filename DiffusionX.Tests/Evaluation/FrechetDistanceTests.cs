using DiffusionX.Evaluation;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Evaluation;

[TestFixture]
[NoTensorLeaks]
public sealed class FrechetDistanceTests
{
    [ReferenceCases("metrics")]
    public void It_is_that_of_pytorch_fid(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();

        var distance = FrechetDistance.Between(reference.Input("features_a"), reference.Input("features_b"));

        reference.AssertClose("fid", tensor(new[] { distance }));
    }

    [Test]
    public void A_set_is_at_no_distance_from_itself()
    {
        using var features = Features.Drawn(seed: 1, count: 200, width: 16);

        Assert.That(FrechetDistance.Between(features, features), Is.EqualTo(0).Within(1e-9));
    }

    [Test]
    public void Both_directions_are_equally_far()
    {
        using var one = Features.Drawn(seed: 1, count: 200, width: 16);
        using var other = Features.Drawn(seed: 2, count: 150, width: 16);

        Assert.That(FrechetDistance.Between(one, other), Is.EqualTo(FrechetDistance.Between(other, one)).Within(1e-9));
    }

    [Test]
    public void Shifting_all_features_adds_the_squared_length_of_the_shift()
    {
        using var scope = NewDisposeScope();
        var one = Features.Drawn(seed: 1, count: 200, width: 3);
        var other = Features.Drawn(seed: 2, count: 200, width: 3);
        var centred = other - other.mean([0]) + one.mean([0]);

        var shifted = centred + tensor(new[] { 1.0, 2.0, -2.0 });

        Assert.That(FrechetDistance.Between(one, shifted), Is.EqualTo(FrechetDistance.Between(one, centred) + 9).Within(1e-9));
    }

    [Test]
    public void Doubling_the_spread_costs_the_variance()
    {
        using var scope = NewDisposeScope();
        var features = Features.Drawn(seed: 1, count: 200, width: 1);
        var centred = features - features.mean([0]);
        var variance = centred.var().item<double>();

        // In one dimension the distance is (σ₁ - σ₂)².
        Assert.That(FrechetDistance.Between(centred, centred * 2), Is.EqualTo(variance).Within(1e-9));
    }

    [Test]
    public void Fewer_samples_than_features_are_no_trouble()
    {
        using var scope = NewDisposeScope();
        var features = Features.Drawn(seed: 1, count: 8, width: 32);

        Assert.That(FrechetDistance.Between(features, features + 1), Is.EqualTo(32).Within(1e-4));
    }

    [Test]
    public void A_single_sample_is_refused()
    {
        using var many = Features.Drawn(seed: 1, count: 10, width: 4);
        using var single = Features.Drawn(seed: 2, count: 1, width: 4);

        Assert.That(
            () => FrechetDistance.Between(many, single), Throws.TypeOf<EvaluationException>().With.Message.Contains("at least 2 samples"));
    }

    [Test]
    public void Features_of_different_widths_are_refused()
    {
        using var wide = Features.Drawn(seed: 1, count: 10, width: 5);
        using var narrow = Features.Drawn(seed: 2, count: 10, width: 4);

        Assert.That(
            () => FrechetDistance.Between(wide, narrow), Throws.TypeOf<EvaluationException>().With.Message.Contains("different models"));
    }
}
