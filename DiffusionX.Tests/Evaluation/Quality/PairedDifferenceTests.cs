using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Quality;

namespace DiffusionX.Tests.Evaluation.Quality;

[TestFixture]
public sealed class PairedDifferenceTests
{
    [Test]
    public void What_makes_prompts_hard_for_both_systems_is_no_part_of_the_difference()
    {
        var random = new Random(3);
        float[] hardness = [.. Enumerable.Range(0, 200).Select(_ => random.NextSingle())];

        var difference = PairedDifference.Of([.. hardness.Select(score => score + 0.01f)], hardness)!;

        Assert.That(difference.Value, Is.EqualTo(0.01).Within(1e-6));
        Assert.That(difference.High - difference.Low, Is.LessThan(1e-6));
    }

    [Test]
    public void A_system_that_is_better_in_half_of_the_pictures_and_worse_in_the_others_may_be_either()
    {
        float[] own = [.. Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? 0.6f : 0.4f)];
        float[] others = [.. Enumerable.Repeat(0.5f, 100)];

        var difference = PairedDifference.Of(own, others)!;

        Assert.That(difference.Value, Is.EqualTo(0).Within(1e-6));
        Assert.That(difference.Low, Is.EqualTo(-0.02).Within(0.006));
        Assert.That(difference.High, Is.EqualTo(0.02).Within(0.006));
    }

    [Test]
    public void Pictures_that_either_system_has_no_figure_of_are_left_out()
    {
        var difference = PairedDifference.Of([0.5f, float.NaN, 0.75f], [0.25f, 0.5f, float.NaN]);

        Assert.That(difference!.Value, Is.EqualTo(0.25));
    }

    [Test]
    public void Without_a_picture_that_both_have_a_figure_of_there_is_no_difference() =>
        Assert.That(PairedDifference.Of([float.NaN], [0.5f]), Is.Null);

    [Test]
    public void Other_numbers_of_pictures_are_refused() =>
        Assert.That(() => PairedDifference.Of([1], [1, 2]), Throws.TypeOf<EvaluationException>().With.Message.Contains("1 and 2"));
}
