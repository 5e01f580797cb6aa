using DiffusionX.Evaluation;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Evaluation;

[TestFixture]
[NoTensorLeaks]
public sealed class ClipScoreTests
{
    [ReferenceCases("metrics")]
    public void It_is_the_reference_score(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();

        var score = ClipScore.Mean(reference.Input("image_embeds"), reference.Input("text_embeds"));

        reference.AssertClose("clip_score", tensor([score]));
    }

    [Test]
    public void Each_picture_is_compared_with_its_own_text_whatever_their_lengths()
    {
        using var scope = NewDisposeScope();
        var images = tensor(new float[,] { { 2, 0 }, { 1, 1 }, { 0, 3 } });
        var texts = tensor(new float[,] { { 5, 0 }, { 1, 0 }, { 0, -1 } });

        var cosines = ClipScore.Each(images, texts).data<double>().ToArray();

        Assert.That(cosines, Is.EqualTo([1, Math.Sqrt(0.5), -1]).Within(1e-12));
    }

    [Test]
    public void Another_number_of_texts_is_refused()
    {
        using var images = ones(3, 2);
        using var texts = ones(2, 2);

        Assert.That(() => ClipScore.Mean(images, texts), Throws.ArgumentException.With.Message.Contains("[3, 2] and [2, 2]"));
    }
}
