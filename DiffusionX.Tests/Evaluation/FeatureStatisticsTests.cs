using DiffusionX.Checkpoints;
using DiffusionX.Evaluation;
using DiffusionX.Tests.Models;
using FsCheck;
using FsCheck.Fluent;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Evaluation;

[TestFixture]
[NoTensorLeaks]
public sealed class FeatureStatisticsTests
{
    private const double Rounding = 1e-12;

    private static readonly Config Settings = Config.QuickThrowOnFailure.WithReplay(20261124, 7);

    [Test]
    public void Mean_and_covariance_are_those_of_the_whole_set()
    {
        using var scope = NewDisposeScope();
        var features = Features.Drawn(seed: 1, count: 100, width: 7);
        using var statistics = FeatureStatistics.Of(features);

        Assert.Multiple(() =>
        {
            Assert.That(LargestDifference.Between(statistics.Mean(), features.mean([0])), Is.LessThan(Rounding));
            Assert.That(LargestDifference.Between(statistics.Covariance(), features.t().cov()), Is.LessThan(Rounding));
        });
    }

    [Test]
    public void Gathering_batch_by_batch_in_parts_that_are_merged_equals_gathering_at_once()
    {
        const int Count = 40;
        using var scope = NewDisposeScope();
        var features = Features.Drawn(seed: 2, Count, width: 5);
        using var whole = FeatureStatistics.Of(features);
        var cuts = Gen.Choose(0, Count).Two()
            .Select(pair => (First: Math.Min(pair.Item1, pair.Item2), Second: Math.Max(pair.Item1, pair.Item2)));

        Check.One(Settings, Prop.ForAll(cuts.ToArbitrary(), cut =>
        {
            using var one = Gathered(features, 0, cut.First);
            using var other = Gathered(features, cut.First, cut.Second, Count);
            one.Merge(other);
            return one.Count == Count && AreClose(one, whole);
        }));
    }

    [Test]
    public void A_mean_far_from_zero_costs_no_precision()
    {
        using var scope = NewDisposeScope();
        var features = Features.Drawn(seed: 3, count: 50, width: 4);
        using var far = new FeatureStatistics(4);

        foreach (var batch in (features + 1e6).chunk(5))
        {
            far.Add(batch);
        }

        Assert.That(LargestDifference.Between(far.Covariance(), features.t().cov()), Is.LessThan(1e-8));
    }

    [Test]
    public void Statistics_made_under_inference_mode_take_features_outside_it()
    {
        using var scope = NewDisposeScope();
        using var statistics = MadeUnderInferenceMode(width: 3);

        statistics.Add(ones(2, 3));

        Assert.That(statistics.Count, Is.EqualTo(2));
    }

    [Test]
    public void What_was_saved_is_loaded()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        using var statistics = FeatureStatistics.Of(Features.Drawn(seed: 4, count: 20, width: 6));
        var path = folder.File("reference-set.safetensors");

        statistics.Save(path);
        using var loaded = FeatureStatistics.Load(path);

        Assert.That(loaded.Count, Is.EqualTo(20));
        Assert.That(AreClose(loaded, statistics), Is.True);
    }

    [Test]
    public void A_file_with_other_tensors_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        var path = folder.File("other.safetensors");
        var tensors = new Dictionary<string, Tensor> { ["count"] = tensor(5L), ["mean"] = zeros(3), ["covariance"] = zeros(3, 3) };
        SafetensorsWriter.Save(path, tensors);

        Assert.That(() => FeatureStatistics.Load(path), Throws.TypeOf<EvaluationException>().With.Message.Contains(path));
    }

    [Test]
    public void One_sample_has_no_covariance()
    {
        using var scope = NewDisposeScope();
        using var statistics = FeatureStatistics.Of(ones(1, 3));

        Assert.That(statistics.Covariance, Throws.TypeOf<EvaluationException>().With.Message.Contains("at least 2 samples"));
    }

    [Test]
    public void A_batch_with_NaN_is_refused_and_nothing_is_added()
    {
        using var scope = NewDisposeScope();
        using var statistics = new FeatureStatistics(2);
        var broken = tensor(new[,] { { 1.0, 2.0 }, { double.NaN, 4.0 } });

        Assert.That(() => statistics.Add(broken), Throws.TypeOf<EvaluationException>().With.Message.Contains("1 of the 2 rows"));
        Assert.That(statistics.Count, Is.Zero);
    }

    [Test]
    public void Features_of_another_width_are_refused()
    {
        using var scope = NewDisposeScope();
        using var statistics = new FeatureStatistics(2048);

        Assert.That(() => statistics.Add(ones(4, 768)), Throws.TypeOf<EvaluationException>().With.Message.Contains("768"));
    }

    [Test]
    public void Features_that_are_not_rows_are_refused()
    {
        using var scope = NewDisposeScope();
        using var statistics = new FeatureStatistics(8);

        Assert.That(() => statistics.Add(ones(2, 8, 1, 1)), Throws.TypeOf<EvaluationException>().With.Message.Contains("[2, 8, 1, 1]"));
    }

    private static FeatureStatistics MadeUnderInferenceMode(long width)
    {
        using var inference = inference_mode();
        return new FeatureStatistics(width);
    }

    /// <summary>The rows between neighbouring cuts, each range added as a batch of its own.</summary>
    private static FeatureStatistics Gathered(Tensor features, params int[] cuts)
    {
        var statistics = new FeatureStatistics(features.shape[1]);
        foreach (var (from, to) in cuts.Zip(cuts.Skip(1)).Where(range => range.First < range.Second))
        {
            using var batch = features.narrow(0, from, to - from);
            statistics.Add(batch);
        }

        return statistics;
    }

    private static bool AreClose(FeatureStatistics one, FeatureStatistics other)
    {
        using var scope = NewDisposeScope();
        return LargestDifference.Between(one.Mean(), other.Mean()) < Rounding && LargestDifference.Between(one.Covariance(), other.Covariance()) < Rounding;
    }
}
