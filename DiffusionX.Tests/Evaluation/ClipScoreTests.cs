using DiffusionX.Evaluation;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Evaluation;

[TestFixture]
[NoTensorLeaks]
public sealed class ClipScoreTests
{
    [ReferenceCases("metrics")]
    public void It_is_the_mean_cosine_of_the_reference(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();

        var score = ClipScore.Mean(reference.Input("image_embeds"), reference.Input("text_embeds"));

        reference.AssertClose("clip_score", tensor(new[] { score }));
    }

    [Test]
    public void A_vector_fits_itself_at_any_length()
    {
        using var scope = NewDisposeScope();
        var embeddings = Features.Drawn(seed: 1, count: 5, width: 8);

        Assert.That(ClipScore.Mean(embeddings, embeddings * 3), Is.EqualTo(1).Within(1e-12));
    }

    [Test]
    public void Each_picture_is_compared_with_its_own_prompt()
    {
        using var scope = NewDisposeScope();
        var images = tensor(new[,] { { 1f, 0f }, { 1f, 0f }, { 1f, 0f } });
        var texts = tensor(new[,] { { 2f, 0f }, { 0f, 1f }, { -1f, 0f } });

        Assert.That(ClipScore.Cosines(images, texts).data<double>().ToArray(), Is.EqualTo(new[] { 1.0, 0.0, -1.0 }));
    }

    [Test]
    public void Different_numbers_of_pictures_and_prompts_are_refused()
    {
        using var images = ones(3, 8);
        using var texts = ones(2, 8);

        Assert.That(() => ClipScore.Mean(images, texts), Throws.TypeOf<EvaluationException>().With.Message.Contains("[2, 8]"));
    }

    [Test]
    public void An_embedding_without_direction_is_refused()
    {
        using var images = zeros(1, 8);
        using var texts = ones(1, 8);

        Assert.That(() => ClipScore.Mean(images, texts), Throws.TypeOf<EvaluationException>().With.Message.Contains("image embeddings"));
    }

    [Test]
    public void Embeddings_with_NaN_are_refused()
    {
        using var images = ones(1, 8);
        using var texts = full([1, 8], float.NaN);

        Assert.That(() => ClipScore.Mean(images, texts), Throws.TypeOf<EvaluationException>().With.Message.Contains("text embeddings"));
    }
}
