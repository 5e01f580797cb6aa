using DiffusionX.Evaluation;

namespace DiffusionX.Tests.Evaluation;

[TestFixture]
public sealed class BootstrapTests
{
    private static readonly double[] Samples = [.. Enumerable.Range(0, 100).Select(i => (double)(i * 37 % 100))];

    [Test]
    public void The_interval_of_a_mean_lies_around_it_and_is_as_wide_as_theory_says()
    {
        var estimate = new Bootstrap { Resamples = 4000 }.Percentile(Samples.Length, Mean);

        var expectedMargin = 1.96 * Math.Sqrt(Samples.Average(sample => Math.Pow(sample - 49.5, 2)) / Samples.Length);
        Assert.Multiple(() =>
        {
            Assert.That(estimate.Value, Is.EqualTo(49.5));
            Assert.That(estimate.High - estimate.Value, Is.EqualTo(expectedMargin).Within(5).Percent);
            Assert.That(estimate.Value - estimate.Low, Is.EqualTo(expectedMargin).Within(5).Percent);
        });
    }

    [Test]
    public void A_figure_that_repetition_biases_keeps_an_interval_around_itself()
    {
        // How many different samples there are: every draw has fewer.
        var estimate = new Bootstrap().Normal(Samples.Length, numbers => numbers.Distinct().Count());

        Assert.That(estimate.Low, Is.LessThan(100));
        Assert.That(estimate.High - 100, Is.EqualTo(100 - estimate.Low));
    }

    [Test]
    public void The_same_seed_gives_the_same_interval()
    {
        var one = new Bootstrap { Seed = 3 }.Percentile(Samples.Length, Mean);

        Assert.That(new Bootstrap { Seed = 3 }.Percentile(Samples.Length, Mean), Is.EqualTo(one));
        Assert.That(new Bootstrap { Seed = 4 }.Percentile(Samples.Length, Mean), Is.Not.EqualTo(one));
    }

    [Test]
    public void No_samples_have_no_interval() =>
        Assert.That(() => new Bootstrap().Percentile(0, Mean), Throws.TypeOf<EvaluationException>().With.Message.Contains("at least 1 sample"));

    private static double Mean(int[] numbers) => numbers.Average(i => Samples[i]);
}
