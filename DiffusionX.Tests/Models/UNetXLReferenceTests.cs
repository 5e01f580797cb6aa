using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Tests.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Models;

[TestFixture]
[NoTensorLeaks]
public sealed class UNetXLReferenceTests
{
    private const string StableDiffusionXL =
        """
        {
          "sample_size": 128, "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
          "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"], "block_out_channels": [320, 640, 1280], "cross_attention_dim": 2048,
          "attention_head_dim": [5, 10, 20], "use_linear_projection": true, "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
          "projection_class_embeddings_input_dim": 2816, DEPTHS
        }
        """;

    [ReferenceCases("unet-xl")]
    public void It_predicts_what_diffusers_predicts(ReferenceCase reference)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.FromJson(reference.Config, reference.Name));
        HashWeights.Fill(unet);
        var conditions = new AddedConditions { TextEmbeddings = reference.Input("text_embeds"), TimeIds = reference.Input("time_ids") };
        using var text = unet.Attend(reference.Input("encoder_hidden_states"), conditions);

        var prediction = unet.Forward(reference.Input("sample"), reference.Input("timestep"), text);

        reference.AssertClose("sample", prediction);
    }

    [ReferenceCases("unet-xl")]
    public void It_has_as_many_parameters_as_that_of_diffusers(ReferenceCase reference)
    {
        var config = UNet2DConditionConfig.FromJson(reference.Config, reference.Name);

        Assert.That(ParametersOf(config), Is.EqualTo(reference.Json.GetProperty("params").GetInt64()));
    }

    [TestCase("\"transformer_layers_per_block\": [1, 2, 10]", 2_567_463_684, TestName = "Stable_Diffusion_XL_has_its_published_size")]
    [TestCase(
        "\"transformer_layers_per_block\": [0, 2, 4], \"reverse_transformer_layers_per_block\": [[4, 4, 10], [2, 1, 1], 0], \"mid_block_type\": \"UNetMidBlock2D\"",
        1_331_334_404,
        TestName = "SSD_1B_has_its_published_size")]
    [TestCase("\"transformer_layers_per_block\": [1, 1, 2], \"mid_block_type\": \"UNetMidBlock2D\"", 745_225_604, TestName = "Vega_has_its_published_size")]
    public void It_has_its_published_size(string depths, long parameters)
    {
        var config = UNet2DConditionConfig.FromJson(Json.Parse(StableDiffusionXL.Replace("DEPTHS", depths, StringComparison.Ordinal)), "test");

        Assert.That(ParametersOf(config), Is.EqualTo(parameters));
    }

    // On the meta device, where tensors have shapes and no memory.
    private static long ParametersOf(UNet2DConditionConfig config)
    {
        using var placement = ParameterPlacement.On(new Device(DeviceType.META), ScalarType.Float32);
        using var unet = new UNet2DConditionModel(config);
        return unet.parameters().Sum(parameter => parameter.numel());
    }
}
