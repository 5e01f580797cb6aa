using DiffusionX.Models.Common;
using static TorchSharp.torch;
using Conv2d = DiffusionX.Models.Common.Conv2d;

namespace DiffusionX.Tests.Models;

/// <summary>A convolution of a doubled map is the same with and without the doubled map.</summary>
[NoTensorLeaks]
public sealed class DoublingConvolutionTests
{
    [TestCase(1, 8, 9, 8, ScalarType.Float32, 1e-5)]
    [TestCase(2, 12, 16, 7, ScalarType.Float32, 1e-5)]
    [TestCase(3, 7, 1, 65, ScalarType.Float32, 1e-5)]
    [TestCase(2, 16, 12, 12, ScalarType.BFloat16, 0.05)]
    public void It_is_the_convolution_of_the_doubled_map(int batch, int channels, int height, int width, ScalarType dtype, double tolerance)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var map = FeatureMap.ChannelsLast(randn([batch, channels, height, width], generator: new Generator(1)).to(dtype));
        var kernel = FeatureMap.ChannelsLast((randn([10, channels, 3, 3], generator: new Generator(2)) / 10).to(dtype));
        var bias = randn([10], generator: new Generator(3)).to(dtype);
        Assume.That(DoublingConvolution.Pays(map));

        var convolved = DoublingConvolution.Convolve(map, kernel, bias);

        Assert.That(LargestDifference.Between(convolved, nn.functional.conv2d(Doubled(map), kernel, bias, [1, 1], [1, 1])), Is.LessThan(tolerance));
    }

    [Test]
    public void It_needs_no_bias()
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var map = FeatureMap.ChannelsLast(randn([1, 4, 10, 10], generator: new Generator(4)));
        var kernel = FeatureMap.ChannelsLast(randn([4, 4, 3, 3], generator: new Generator(5)) / 10);

        var convolved = DoublingConvolution.Convolve(map, kernel, bias: null);

        Assert.That(LargestDifference.Between(convolved, nn.functional.conv2d(Doubled(map), kernel, null, [1, 1], [1, 1])), Is.LessThan(1e-5));
    }

    // So many channels and positions that it is computed in pieces, each of which sees its neighbours' rows; and with half-precision weights,
    // which are widened some outputs at a time.
    [TestCase(ScalarType.Float32, 256, 256)]
    [TestCase(ScalarType.BFloat16, 1024, 16)]
    public void A_layer_computes_large_ones_in_pieces(ScalarType storage, int channels, int side)
    {
        using var placement = ParameterPlacement.On(CPU, ScalarType.Float32, storage);
        using var layer = Conv2d.Same3x3(channels, channels);
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        foreach (var parameter in layer.parameters())
        {
            parameter.copy_(randn(parameter.shape, generator: new Generator(6)) / Math.Sqrt(9 * channels));
        }

        var map = FeatureMap.ChannelsLast(randn([1, channels, side, side], generator: new Generator(7)));

        var convolved = layer.ForwardDoubled(map);

        Assert.That(LargestDifference.Between(convolved, layer.forward(Doubled(map))), Is.LessThan(1e-4));
    }

    private static Tensor Doubled(Tensor map) => nn.functional.interpolate(map, [2 * map.size(2), 2 * map.size(3)], mode: InterpolationMode.Nearest);
}
