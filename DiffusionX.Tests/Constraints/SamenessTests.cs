using DiffusionX.Pipeline.Latents;
using DiffusionX.Tests.Imaging;
using NUnit.Framework.Constraints;
using NUnit.Framework.Internal;

namespace DiffusionX.Tests.Constraints;

[TestFixture]
public sealed class SamenessTests
{
    [Test]
    public void Pictures_that_differ_are_told_apart_by_their_worst_pixel()
    {
        var expected = Pictures.Plain(4, 3, 10, 20, 30);
        var actual = Pictures.Make(4, 3, (x, y) => (x, y) == (2, 1) ? ((byte)10, (byte)70, (byte)30) : ((byte)11, (byte)20, (byte)30));

        var message = MessageOf(Is.SamePictureAs(expected).Within(1), actual);

        Assert.That(message, Does.Contain("1 of 12 pixels differ, the worst by 50: (10, 70, 30) in place of (10, 20, 30) at (2, 1)"));
    }

    [Test]
    public void Pictures_of_other_sizes_are_told_apart_by_their_sizes() =>
        Assert.That(MessageOf(Is.SamePictureAs(Pictures.Noise(4, 3)), Pictures.Noise(3, 4)), Does.Contain("a picture of 3×4 pixels"));

    [Test]
    public void Latents_that_differ_are_told_apart_by_their_first_and_their_worst_value()
    {
        var expected = new Latent([0, 0, 0, 0, 0, 0, 0, 0], 2, 2, 2);
        var actual = new Latent([0, 0.5f, 0, 0, 0.01f, 0, 3, 0], 2, 2, 2);

        var message = MessageOf(Is.SameLatentAs(expected).Within(0.1), actual);

        Assert.That(message, Does.Contain("2 of 8 values differ; the first: 0.5 in place of 0 at [0, 0, 1]; the worst: 3 in place of 0 at [1, 1, 0]"));
    }

    [Test]
    public void What_is_no_number_differs_from_every_number() =>
        Assert.That(MessageOf(Is.SameLatentAs(new Latent([1], 1, 1, 1)).Within(9), new Latent([float.NaN], 1, 1, 1)), Does.Contain("NaN in place of 1"));

    private static string MessageOf(Constraint constraint, object actual)
    {
        var result = constraint.ApplyTo(actual);
        var writer = new TextMessageWriter();
        result.WriteMessageTo(writer);
        Assert.That(result.IsSuccess, Is.False);
        return writer.ToString();
    }
}
