using DiffusionX.Checkpoints;
using DiffusionX.Models.Clip;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Models;

[TestFixture]
[NoTensorLeaks]
public sealed class ClipTextReferenceTests
{
    [ReferenceCases("clip-text")]
    public void Texts_are_encoded_as_transformers_does(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var model = new ClipTextModel(ClipTextConfig.FromJson(reference.Config, reference.Name));
        HashWeights.Fill(model);
        var ids = reference.Input("input_ids");

        var (penultimate, last) = model.LastTwoHiddenStates(ids);
        var embeddings = model.Project(ids);

        Assert.Multiple(() =>
        {
            reference.AssertClose("penultimate_hidden_state", penultimate);
            reference.AssertClose("last_hidden_state", last);
            reference.AssertClose("text_embeds", embeddings);
        });
    }
}
