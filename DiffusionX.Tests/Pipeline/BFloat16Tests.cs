using DiffusionX.Models.Common;
using DiffusionX.Models.UNet;
using DiffusionX.Pipeline;
using DiffusionX.Pipeline.Latents;
using DiffusionX.Runtime;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Pipeline;

/// <summary>What stays in float32 where a model computes in bfloat16.</summary>
[TestFixture]
public sealed class BFloat16Tests
{
    private static readonly GenerationRequest Request = new() { Prompt = "a red house", Steps = 3, Width = 64, Height = 64, Seed = 5 };

    private TemporaryFolder folder = null!;

    [OneTimeSetUp]
    public void WriteModels()
    {
        TorchRuntime.EnsureLoaded();
        folder = new TemporaryFolder();
        MiniModel.Write(folder.File("mini"));
        MiniModelXL.WriteCloud(folder.File("xl"));
    }

    [OneTimeTearDown]
    public void DeleteThem() => folder.Dispose();

    [Test]
    public void The_embedding_of_times_and_the_last_convolution_are_float32_and_all_else_is_not()
    {
        var config = new UNet2DConditionConfig { BlockOutChannels = [32, 64], AttentionHeads = [2, 4], DownAttends = [false, true], UpAttends = [true, false], CrossAttentionDim = 80 };
        using var placement = ParameterPlacement.On(CPU, ScalarType.BFloat16);
        using var unet = new UNet2DConditionModel(config);

        var exact = unet.named_parameters().Where(parameter => parameter.parameter.dtype == ScalarType.Float32).Select(parameter => parameter.name.Split('.')[0]).Distinct();

        Assert.That(exact, Is.EquivalentTo(new[] { "time_embedding", "conv_out" }));
    }

    [Test]
    public void Group_normalisation_measures_in_float32()
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        // A sum of so many numbers around 3 has long lost them in bfloat16, whose numbers are 2 apart from 256 on.
        var map = randn([1, 32, 96, 96], generator: new Generator(1)).add_(3).to(ScalarType.BFloat16).Into(FeatureMap.ChannelsLast);

        var difference = (Normalize(map) - Normalize(map.to(ScalarType.Float32))).abs().max().item<float>();

        Assert.That(difference, Is.LessThan(0.03));
    }

    [Test]
    public void Layer_normalisation_measures_in_float32()
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var rows = randn([4, 4096], generator: new Generator(1)).add_(3).to(ScalarType.BFloat16);

        var difference = (NormalizeLayer(rows) - NormalizeLayer(rows.to(ScalarType.Float32))).abs().max().item<float>();

        Assert.That(difference, Is.LessThan(0.03));
    }

    [Test]
    public async Task The_solver_keeps_the_latent_in_float32()
    {
        using var model = await LoadAsync("mini", Precision.BFloat16);

        var latent = (await model.GenerateAsync(Request)).Images[0].Latent;

        Assert.That(latent.Values.ToArray().Count(HasMoreDigitsThanBFloat16), Is.GreaterThan(latent.Values.Length * 9 / 10));
    }

    [Test]
    public async Task Stable_Diffusion_XL_decodes_in_float32()
    {
        using var exact = await LoadAsync("xl", Precision.Float32);
        using var rounded = await LoadAsync("xl", Precision.BFloat16);
        var random = new Random(1);
        var latent = new Latent([.. Enumerable.Range(0, 4 * 8 * 8).Select(_ => random.NextSingle() - 0.5f)], 4, 8, 8);

        var picture = await rounded.DecodeAsync(latent);

        Assert.That(picture.Pixels.ToArray(), Is.EqualTo((await exact.DecodeAsync(latent)).Pixels.ToArray()));
    }

    private static Tensor Normalize(Tensor map)
    {
        using var placement = ParameterPlacement.On(CPU, map.dtype);
        var norm = new GroupNorm(8, 32, 1e-5);
        return Apply(norm, map);
    }

    private static Tensor NormalizeLayer(Tensor rows)
    {
        using var placement = ParameterPlacement.On(CPU, rows.dtype);
        return Apply(new LayerNorm(4096), rows);
    }

    private static Tensor Apply(nn.Module<Tensor, Tensor> norm, Tensor input)
    {
        using (norm)
        {
            foreach (var (name, parameter) in norm.named_parameters())
            {
                parameter.fill_(name == "weight" ? 1 : 0);
            }

            return norm.forward(input).to(ScalarType.Float32);
        }
    }

    // bfloat16 has the upper half of a float32's bits.
    private static bool HasMoreDigitsThanBFloat16(float value) => (BitConverter.SingleToUInt32Bits(value) & 0xFFFF) != 0;

    private Task<DiffusionModel> LoadAsync(string name, Precision precision) =>
        DiffusionModel.LoadAsync(folder.File(name), new DiffusionModelOptions { Precision = precision });
}
