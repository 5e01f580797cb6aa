using DiffusionX.Pipeline.Latents;
using DiffusionX.Strength;
using DiffusionX.Tests.Pipeline;

namespace DiffusionX.Tests.Strength;

[TestFixture]
[NoTensorLeaks]
public sealed class StrengthPredictorTests : MiniModelTests
{
    [Test]
    public async Task A_fixed_strength_is_that_for_everything() =>
        Assert.That(await new FixedStrength(0.8).PredictAsync(new StrengthContext(Model, "a boat")), Is.EqualTo(0.8));

    [TestCase(-0.1)]
    [TestCase(1.1)]
    public void A_fixed_strength_out_of_range_is_refused(double strength) =>
        Assert.That(() => new FixedStrength(strength), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public async Task The_same_prompt_again_needs_the_smallest_strength()
    {
        var context = new StrengthContext(Model, "a boat") { PreviousPrompt = "a boat" };

        Assert.That(await new EmbeddingDistanceStrength().PredictAsync(context), Is.EqualTo(0.40).Within(1e-6));
    }

    [Test]
    public async Task Another_prompt_needs_more_and_never_more_than_the_largest()
    {
        var context = new StrengthContext(Model, "a boat") { PreviousPrompt = "a red house at night" };

        Assert.That(await new EmbeddingDistanceStrength().PredictAsync(context), Is.GreaterThan(0.40).And.LessThanOrEqualTo(0.90));
    }

    [TestCase(0, 0.40)]
    [TestCase(0.25, 0.65)]
    [TestCase(0.5, 0.90)]
    [TestCase(2, 0.90)]
    public void The_strength_grows_with_the_distance(double distance, double strength) =>
        Assert.That(new EmbeddingDistanceStrength().Of(distance), Is.EqualTo(strength).Within(1e-9));

    [Test]
    public async Task A_context_has_its_picture_however_the_start_came()
    {
        var latent = new Latent(new float[4 * 8 * 8], 4, 8, 8);

        var decoded = await new StrengthContext(Model, "a boat") { Latent = latent }.PictureAsync();
        var given = await new StrengthContext(Model, "a boat") { Picture = decoded }.PictureAsync();

        Assert.That((decoded.Width, given), Is.EqualTo((64, decoded)));
    }
}
