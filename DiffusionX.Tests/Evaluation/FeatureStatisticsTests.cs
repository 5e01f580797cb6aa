using DiffusionX.Evaluation;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Evaluation;

[TestFixture]
[NoTensorLeaks]
public sealed class FeatureStatisticsTests
{
    private const int Width = 6;

    [TestCase(1, 1)]
    [TestCase(7, 13)]
    [TestCase(99, 1)]
    public void Batches_give_the_statistics_of_the_whole(int firstBatch, int secondBatch)
    {
        using var scope = NewDisposeScope();
        var features = Features(count: 100);
        using var statistics = new FeatureStatistics(Width);

        statistics.Add(features[..firstBatch]);
        statistics.Add(features[firstBatch..(firstBatch + secondBatch)]);
        statistics.Add(features[(firstBatch + secondBatch)..]);

        AssertStatistics(statistics, features);
    }

    [Test]
    public void Merged_statistics_are_those_of_both()
    {
        using var scope = NewDisposeScope();
        var features = Features(count: 100);
        using var statistics = new FeatureStatistics(Width);
        using var other = new FeatureStatistics(Width);
        using var empty = new FeatureStatistics(Width);
        statistics.Add(features[..30]);
        other.Add(features[30..]);

        statistics.Merge(other);
        statistics.Merge(empty);

        AssertStatistics(statistics, features);
    }

    [Test]
    public void A_large_mean_costs_no_digits()
    {
        using var scope = NewDisposeScope();
        var features = Features(count: 100) + 1e6;
        using var statistics = new FeatureStatistics(Width);

        foreach (var batch in features.split(10))
        {
            statistics.Add(batch);
        }

        AssertStatistics(statistics, features);
    }

    [Test]
    public void Single_precision_is_accumulated_in_double()
    {
        using var scope = NewDisposeScope();
        var features = Features(count: 100).to(ScalarType.Float32);
        using var statistics = new FeatureStatistics(Width);

        statistics.Add(features);

        AssertStatistics(statistics, features.to(ScalarType.Float64));
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void Features_that_are_no_numbers_are_refused_and_change_nothing(float broken)
    {
        using var scope = NewDisposeScope();
        using var statistics = new FeatureStatistics(Width);

        Assert.That(() => statistics.Add(full([2, Width], broken)), Throws.ArgumentException);
        Assert.That(statistics.Count, Is.Zero);
    }

    [TestCase(2, Width + 1)]
    [TestCase(Width)]
    public void Features_of_another_shape_are_refused(params long[] shape)
    {
        using var statistics = new FeatureStatistics(Width);
        using var features = zeros(shape);

        Assert.That(() => statistics.Add(features), Throws.ArgumentException.With.Message.Contains($"[N, {Width}]"));
    }

    private static void AssertStatistics(FeatureStatistics statistics, Tensor features)
    {
        var centered = features - features.mean([0]);
        var covariance = centered.t().mm(centered) / (features.shape[0] - 1);
        Assert.Multiple(() =>
        {
            Assert.That(statistics.Count, Is.EqualTo(features.shape[0]));
            Assert.That(statistics.Mean().allclose(features.mean([0]), rtol: 1e-12, atol: 1e-12), Is.True, "mean");
            Assert.That(statistics.Covariance().allclose(covariance, rtol: 1e-9, atol: 1e-9), Is.True, "covariance");
        });
    }

    private static Tensor Features(long count)
    {
        using var generator = new Generator(3, CPU);
        return randn([count, Width], ScalarType.Float64, generator: generator);
    }
}
