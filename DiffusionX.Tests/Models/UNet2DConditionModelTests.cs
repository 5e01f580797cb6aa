using DiffusionX.Checkpoints;
using DiffusionX.Models.UNet;
using DiffusionX.Tests.Reference;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Models;

[TestFixture]
[NoTensorLeaks]
public sealed class UNet2DConditionModelTests
{
    [ReferenceCases("unet")]
    public void It_predicts_what_diffusers_predicts(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.FromJson(reference.Config, reference.Name));
        HashWeights.Fill(unet);
        using var text = unet.Attend(reference.Input("encoder_hidden_states"));

        var prediction = unet.Forward(reference.Input("sample"), reference.Input("timestep"), text);

        reference.AssertClose("sample", prediction);
    }

    [ReferenceCases("unet")]
    public void It_has_the_published_number_of_parameters(ReferenceCase reference)
    {
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.FromJson(reference.Config, reference.Name));

        var count = unet.parameters().Sum(parameter => parameter.numel());

        Assert.That(count, Is.EqualTo(reference.Json.GetProperty("params").GetInt64()));
    }

    [TestCase(2, "[\"UpBlock2D\", \"CrossAttnUpBlock2D\", \"CrossAttnUpBlock2D\", \"CrossAttnUpBlock2D\"]", true, 859_520_964, 686)]
    [TestCase(1, "[\"UpBlock2D\", \"CrossAttnUpBlock2D\", \"CrossAttnUpBlock2D\", \"CrossAttnUpBlock2D\"]", true, 579_384_964, null)]
    [TestCase(1, "[\"UpBlock2D\", \"CrossAttnUpBlock2D\", \"CrossAttnUpBlock2D\", \"CrossAttnUpBlock2D\"]", false, 482_346_884, null)]
    public void Stable_Diffusion_and_BK_SDM_have_their_published_sizes(
        int layers, string upBlocks, bool middle, long parameters, int? tensors)
    {
        var other = middle ? "" : ", \"mid_block_type\": null";
        var json = $$"""{ "layers_per_block": {{layers}}, "up_block_types": {{upBlocks}}, "cross_attention_dim": 768 {{other}} }""";
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.FromJson(Json.Parse(json), "test"));

        Assert.Multiple(() =>
        {
            Assert.That(unet.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(parameters));
            Assert.That(unet.state_dict(), Has.Count.EqualTo(tensors ?? unet.state_dict().Count));
        });
    }
}
