using DiffusionX.Evaluation;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Evaluation;

[TestFixture]
[NoTensorLeaks]
public sealed class InceptionScoreTests
{
    [ReferenceCases("metrics")]
    public void It_is_that_of_the_reference(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();

        var score = InceptionScore.OfLogits(reference.Input("logits"), reference.Count("is_splits"));

        reference.AssertClose("is_mean_std", tensor(new[] { score.Mean, score.StandardDeviation }));
    }

    [Test]
    public void Predictions_that_prefer_no_class_score_1()
    {
        using var undecided = zeros(40, 10);

        var score = InceptionScore.OfLogits(undecided, splits: 4);

        Assert.That(score.Mean, Is.EqualTo(1).Within(1e-12));
        Assert.That(score.StandardDeviation, Is.EqualTo(0).Within(1e-12));
    }

    [Test]
    public void Sure_predictions_of_all_classes_in_turn_score_the_number_of_classes()
    {
        using var scope = NewDisposeScope();
        var sure = eye(10).repeat(4, 1) * 1000;

        Assert.That(InceptionScore.OfLogits(sure, splits: 4).Mean, Is.EqualTo(10).Within(1e-9));
    }

    [Test]
    public void The_deviation_is_that_of_the_parts_alone()
    {
        using var scope = NewDisposeScope();
        var undecided = zeros(2, 2);
        var sure = eye(2) * 1000;

        var score = InceptionScore.OfLogits(cat([undecided, sure]), splits: 2);

        // Parts of 1 and 2: the deviation is 0.5 with ddof 0, and would be 0.71 with ddof 1.
        Assert.That(score.Mean, Is.EqualTo(1.5).Within(1e-9));
        Assert.That(score.StandardDeviation, Is.EqualTo(0.5).Within(1e-9));
    }

    [Test]
    public void Fewer_pictures_than_parts_are_refused()
    {
        using var logits = zeros(9, 5);

        Assert.That(
            () => InceptionScore.OfLogits(logits, splits: 10),
            Throws.TypeOf<EvaluationException>().With.Message.Contains("at least 10 pictures"));
    }

    [Test]
    public void Logits_with_NaN_are_refused()
    {
        using var logits = full([20, 5], float.NaN);

        Assert.That(() => InceptionScore.OfLogits(logits), Throws.TypeOf<EvaluationException>().With.Message.Contains("NaN"));
    }
}
