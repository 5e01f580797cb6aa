using DiffusionX.Evaluation;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Evaluation;

[TestFixture]
[NoTensorLeaks]
public sealed class InceptionScoreTests
{
    [ReferenceCases("metrics")]
    public void It_is_the_reference_score(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();

        var score = InceptionScore.Of(reference.Input("logits"), reference.Count("is_splits"));

        reference.AssertClose("is_mean_std", tensor([score.Mean, score.StandardDeviation]));
    }

    [Test]
    public void Pictures_clearly_of_all_classes_score_the_number_of_classes()
    {
        using var scope = NewDisposeScope();
        var logits = eye(5) * 1000;

        Assert.That(InceptionScore.Of(logits, splits: 1).Mean, Is.EqualTo(5).Within(1e-9));
    }

    [Test]
    public void Pictures_of_one_class_score_one()
    {
        using var logits = ones(20, 5);

        var score = InceptionScore.Of(logits);

        Assert.That(score.Mean, Is.EqualTo(1).Within(1e-12));
        Assert.That(score.StandardDeviation, Is.Zero.Within(1e-12));
    }

    [Test]
    public void The_deviation_is_the_one_between_the_splits()
    {
        using var scope = NewDisposeScope();
        var one = ones(2, 2);
        var two = eye(2) * 1000;

        var score = InceptionScore.Of(cat([one, two]), splits: 2);

        Assert.That(score.Mean, Is.EqualTo(1.5).Within(1e-9));
        Assert.That(score.StandardDeviation, Is.EqualTo(0.5).Within(1e-9));
    }

    [TestCase(3, 5)]
    [TestCase(20)]
    public void Too_few_logits_are_refused(params long[] shape)
    {
        using var logits = zeros(shape);

        Assert.That(() => InceptionScore.Of(logits), Throws.ArgumentException.With.Message.Contains("10 splits"));
    }
}
