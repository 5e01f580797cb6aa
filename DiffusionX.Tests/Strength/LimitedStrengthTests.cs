using DiffusionX.Strength;
using DiffusionX.Tests.Sessions;

namespace DiffusionX.Tests.Strength;

[TestFixture]
public sealed class LimitedStrengthTests
{
    [TestCase(0.9, 0.5)]
    [TestCase(0.4, 0.4)]
    public async Task A_strength_goes_no_further_than_the_limit(double predicted, double expected)
    {
        using var limited = new LimitedStrength(new FixedStrength(predicted), most: 0.5);

        Assert.That(await limited.PredictAsync(new StrengthContext(SessionModels.Edge, "a red house")), Is.EqualTo(expected));
    }

    [Test]
    public void A_limit_that_is_no_strength_is_refused() =>
        Assert.That(() => new LimitedStrength(new FixedStrength(0.5), most: 1.5), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
