using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Models;

[TestFixture]
[NoTensorLeaks]
public sealed class ClipModelTests
{
    [ReferenceCases("clip")]
    public void Texts_are_encoded_as_transformers_does(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var model = new ClipTextModel(ClipTextConfig.FromJson(reference.Config, reference.Name));
        HashWeights.Fill(model);
        var ids = reference.Input("input_ids");

        var hidden = model.LastHiddenState(ids);
        var embeddings = model.Project(ids);

        Assert.Multiple(() =>
        {
            reference.AssertClose("last_hidden_state", hidden);
            reference.AssertClose("text_embeds", embeddings);
        });
    }

    [ReferenceCases("clip")]
    public void Pictures_are_encoded_as_transformers_does(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var model = new ClipVisionModel(ClipVisionConfig.FromJson(reference.Config, reference.Name));
        HashWeights.Fill(model);

        var embeddings = model.Project(reference.Input("pixel_values"));

        reference.AssertClose("image_embeds", embeddings);
    }

    [Test]
    public void The_text_encoder_of_Stable_Diffusion_has_its_published_size()
    {
        using var model = new ClipTextModel(new ClipTextConfig());

        Assert.That(model.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(123_060_480));
    }

    [Test]
    public void A_legacy_end_token_pools_at_the_highest_id()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var model = new ClipTextModel(
            new ClipTextConfig { HiddenSize = 8, IntermediateSize = 8, Layers = 1, Heads = 2, VocabularySize = 10 });
        HashWeights.Fill(model);
        var ids = tensor(new long[] { 1, 2, 9, 0 }).unsqueeze(0);
        var hidden = model.LastHiddenState(ids);

        var pooled = model.Pool(ids, hidden);

        Assert.That(pooled.Equals(hidden.select(1, 2)), Is.True);
    }

    [Test]
    public void A_given_end_token_pools_at_its_first_place()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var config = new ClipTextConfig { HiddenSize = 8, IntermediateSize = 8, Layers = 1, Heads = 2, VocabularySize = 10, EndToken = 7 };
        using var model = new ClipTextModel(config);
        HashWeights.Fill(model);
        var ids = tensor(new long[] { 9, 7, 3, 7 }).unsqueeze(0);
        var hidden = model.LastHiddenState(ids);

        var pooled = model.Pool(ids, hidden);

        Assert.That(pooled.Equals(hidden.select(1, 1)), Is.True);
    }
}
