using DiffusionX.Checkpoints;
using DiffusionX.Models.Bert;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Models;

[TestFixture]
[NoTensorLeaks]
public sealed class BertModelTests
{
    [ReferenceCases("bert")]
    public void It_encodes_as_transformers_does(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var model = new BertModel(BertConfig.FromJson(reference.Config, reference.Name));
        HashWeights.Fill(model);
        var mask = reference.Input("attention_mask");

        var hidden = model.LastHiddenState(reference.Input("input_ids"), mask);
        var pooled = model.Pool(hidden);

        Assert.Multiple(() =>
        {
            reference.AssertClose("last_hidden_state", hidden * mask.unsqueeze(-1));
            reference.AssertClose("pooler_output", pooled);
        });
    }

    [Test]
    public void BERT_base_has_its_published_size()
    {
        using var model = new BertModel(new BertConfig());

        Assert.That(model.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(109_482_240));
    }
}
