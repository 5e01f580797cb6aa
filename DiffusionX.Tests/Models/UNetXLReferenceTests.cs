using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Tests.Pipeline.RealSize;
using DiffusionX.Tests.Reference;
using TorchSharp;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Models;

[TestFixture]
[NoTensorLeaks]
public sealed class UNetXLReferenceTests
{
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

    [TestCase("xl", 2_567_463_684)]
    [TestCase("ssd-1b", 1_331_334_404)]
    [TestCase("vega", 745_225_604)]
    public void Stable_Diffusion_XL_and_its_relatives_have_their_published_sizes(string name, long parameters)
    {
        var config = UNet2DConditionConfig.FromJson(RealSizeXL.UNet(name), name);

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
