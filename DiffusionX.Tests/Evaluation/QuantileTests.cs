using DiffusionX.Evaluation;

namespace DiffusionX.Tests.Evaluation;

[TestFixture]
public sealed class QuantileTests
{
    [TestCase(0, 1)]
    [TestCase(0.5, 2.5)]
    [TestCase(0.95, 3.85)]
    [TestCase(1, 4)]
    public void Quantiles_are_those_of_NumPy(double share, double expected) =>
        Assert.That(Quantile.Of([3, 1, 4, 2], share), Is.EqualTo(expected).Within(1e-12));

    [Test]
    public void Nothing_has_no_quantile() => Assert.That(() => Quantile.Of([], 0.5), Throws.TypeOf<EvaluationException>());
}
