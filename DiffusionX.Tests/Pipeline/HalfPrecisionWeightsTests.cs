using DiffusionX.Checkpoints;
using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Pipeline;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline;

[TestFixture]
[NoTensorLeaks]
public sealed class HalfPrecisionWeightsTests : MiniModelTests
{
    private static readonly GenerationRequest Request = new() { Prompt = "a red house", Steps = 6, Seed = 7 };

    [Test]
    public async Task Weights_in_half_precision_draw_nearly_the_same_picture()
    {
        using var narrow = await DiffusionModel.LoadAsync(Folder.File("mini"), new DiffusionModelOptions { HalfPrecisionWeights = true });

        var picture = (await narrow.GenerateAsync(Request)).Images[0].Picture;

        var wide = (await Model.GenerateAsync(Request)).Images[0].Picture;
        var differences = picture.Pixels.ToArray().Zip(wide.Pixels.ToArray(), (one, other) => Math.Abs(one - other)).ToArray();
        Assert.That(differences.Average(), Is.LessThan(2));
        Assert.That(differences.Max(), Is.GreaterThan(0), "these weights are no halves");
    }

    [Test]
    public async Task They_are_the_same_model_to_others()
    {
        using var narrow = await DiffusionModel.LoadAsync(Folder.File("mini"), new DiffusionModelOptions { HalfPrecisionWeights = true });

        Assert.That(await narrow.FingerprintAsync(), Is.EqualTo(await Model.FingerprintAsync()));
    }

    [Test]
    public void Matrices_take_half_the_memory_and_all_else_stays_as_it_computes()
    {
        using var placement = ParameterPlacement.On(CPU, ScalarType.Float32, storage: ScalarType.Float16);
        using var block = new ResnetBlock(32, 64, new ResnetConfig(Groups: 32, Epsilon: 1e-5, TimeWidth: 16));

        var types = block.state_dict().ToLookup(entry => entry.Value.dtype, entry => entry.Key);

        Assert.That(types[ScalarType.Float16], Is.EquivalentTo(new[] { "conv1.weight", "conv2.weight", "conv_shortcut.weight", "time_emb_proj.weight" }));
        Assert.That(types[ScalarType.Float32], Has.Exactly(8).Items);
    }

    [Test]
    public void Weights_that_are_halves_in_the_file_lose_nothing()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var config = new UNet2DConditionConfig { BlockOutChannels = [32, 64], CrossAttentionDim = 16, LayersPerBlock = 1, AttentionHeads = [4, 4], DownAttends = [true, false], UpAttends = [false, true] };
        using var wide = new UNet2DConditionModel(config);
        HashWeights.Fill(wide);
        using var placement = ParameterPlacement.On(CPU, ScalarType.Float32, storage: ScalarType.Float16);
        using var narrow = new UNet2DConditionModel(config);
        foreach (var (name, parameter) in narrow.state_dict())
        {
            using var noGradient = no_grad();
            parameter.copy_(wide.state_dict()[name]);
            wide.state_dict()[name].copy_(parameter);
        }

        var sample = randn([1, 4, 8, 8], generator: new Generator(1));
        var text = randn([1, 7, 16], generator: new Generator(2));

        Assert.That(Ask(narrow, sample, text).data<float>().ToArray(), Is.EqualTo(Ask(wide, sample, text).data<float>().ToArray()));
    }

    [Test]
    public void A_large_kernel_is_widened_in_parts_and_gives_the_same()
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var wide = Conv2d.Same3x3(700, 710);
        HashWeights.Fill(wide);
        using var placement = ParameterPlacement.On(CPU, ScalarType.Float32, storage: ScalarType.Float16);
        using var narrow = Conv2d.Same3x3(700, 710);
        foreach (var (name, parameter) in narrow.state_dict())
        {
            parameter.copy_(wide.state_dict()[name]);
            wide.state_dict()[name].copy_(parameter);
        }

        var input = randn([1, 700, 3, 2], generator: new Generator(1));

        Assert.That((narrow.forward(input) - wide.forward(input)).abs().max().item<float>(), Is.LessThan(1e-4));
    }

    private static Tensor Ask(UNet2DConditionModel unet, Tensor sample, Tensor embeddings)
    {
        using var text = unet.Attend(embeddings);
        return unet.Forward(sample, tensor(new[] { 500f }), text).contiguous();
    }
}
