using DiffusionX.Evaluation;
using DiffusionX.Evaluation.Quality;

namespace DiffusionX.Tests.Evaluation.Quality;

[TestFixture]
public sealed class PeakSignalToNoiseTests
{
    [Test]
    public void An_error_of_a_tenth_of_the_peak_has_20_decibels() =>
        Assert.That(PeakSignalToNoise.Of([0, 10, 20], [1, 11, 19], peak: 10), Is.EqualTo(20).Within(1e-9));

    [Test]
    public void The_same_has_no_end_of_them() => Assert.That(PeakSignalToNoise.Of([1, 2], [1, 2], peak: 1), Is.EqualTo(double.PositiveInfinity));

    [Test]
    public void Different_sizes_are_refused() => Assert.That(() => PeakSignalToNoise.Of([1, 2], [1], peak: 1), Throws.TypeOf<EvaluationException>());
}
