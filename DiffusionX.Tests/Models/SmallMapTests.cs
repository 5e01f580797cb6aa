using DiffusionX.Models.Common;
using static TorchSharp.torch;

namespace DiffusionX.Tests.Models;

/// <summary>The ways in which small maps and a few rows are computed give what libtorch's own give.</summary>
[NoTensorLeaks]
public class SmallMapTests
{
    [TestCase(1, 16, 16, 16, 4)]
    [TestCase(2, 40, 8, 8, 4)]
    [TestCase(3, 96, 2, 5, 32)]
    [TestCase(2, 12, 1, 2, 3)]
    public void A_small_map_is_normalised_as_libtorch_does_it(int batch, int channels, int height, int width, int groups)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var map = FeatureMap.ChannelsLast(randn([batch, channels, height, width], generator: new Generator(1)) * 3 + 5);
        var (weight, bias) = (randn([channels], generator: new Generator(2)), randn([channels], generator: new Generator(3)));
        var norm = new SmallNorm(groups, weight, bias, 1e-5);

        var normalised = SmallMapNorm.Normalize(map, norm, activates: false);
        var activated = SmallMapNorm.Normalize(map, norm, activates: true);
        var tokens = SmallMapNorm.NormalizeToTokens(map, norm);

        var expected = nn.functional.group_norm(map.contiguous(), groups, weight, bias, 1e-5);
        Assert.Multiple(() =>
        {
            Assert.That(LargestDifference.Between(normalised, expected), Is.LessThan(1e-5));
            Assert.That(LargestDifference.Between(activated, expected.silu()), Is.LessThan(1e-5));
            Assert.That(LargestDifference.Between(tokens, FeatureMap.ToTokens(expected)), Is.LessThan(1e-5));
            Assert.That(activated.stride(), Is.EqualTo(map.stride()), "channels last in memory");
        });
    }

    [TestCase(16)]
    [TestCase(40)]
    [TestCase(256)]
    public void A_few_narrow_rows_are_normalised_as_libtorch_does_it(int width)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var rows = randn([2, 7, width], generator: new Generator(8)) * 3 + 5;
        var (weight, bias) = (randn([width], generator: new Generator(9)), randn([width], generator: new Generator(10)));
        Assume.That(SmallRowNorm.Pays(rows));

        var normalised = SmallRowNorm.Normalize(rows, weight, bias, 1e-5);

        Assert.That(LargestDifference.Between(normalised, nn.functional.layer_norm(rows, [width], weight, bias, 1e-5)), Is.LessThan(1e-5));
    }

    [TestCase(20, Description = "no whole registers")]
    [TestCase(512, Description = "wide rows")]
    public void Other_rows_are_left_to_libtorch(int width)
    {
        using var inference = inference_mode();
        using var rows = zeros(2, 7, width);

        Assert.That(SmallRowNorm.Pays(rows), Is.False);
    }

    // Where a group is nearly even, E[x²] - E[x]² has lost its digits.
    [Test]
    public void A_map_that_is_nearly_even_keeps_its_differences()
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var map = FeatureMap.ChannelsLast(randn([1, 8, 4, 4], generator: new Generator(4)).mul_(1e-3).add_(100));
        var (weight, bias) = (ones(8), zeros(8));

        var normalised = SmallMapNorm.Normalize(map, new SmallNorm(2, weight, bias, 1e-12), activates: false);

        var exact = nn.functional.group_norm(map.contiguous().to(ScalarType.Float64), 2, weight.to(ScalarType.Float64), bias.to(ScalarType.Float64), 1e-12);
        Assert.That(LargestDifference.Between(normalised, exact), Is.LessThan(0.02));
    }

    [TestCase(1, 16, 8, 8, ScalarType.Float32, 1e-5)]
    [TestCase(2, 12, 2, 2, ScalarType.Float32, 1e-5)]
    [TestCase(3, 7, 1, 5, ScalarType.Float32, 1e-5)]
    [TestCase(2, 16, 4, 4, ScalarType.BFloat16, 0.05)]
    public void A_small_map_is_convolved_as_libtorch_does_it(int batch, int channels, int height, int width, ScalarType dtype, double tolerance)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var map = FeatureMap.ChannelsLast(randn([batch, channels, height, width], generator: new Generator(5)).to(dtype));
        var kernel = FeatureMap.ChannelsLast((randn([10, channels, 3, 3], generator: new Generator(6)) / 10).to(dtype));
        var bias = randn([10], generator: new Generator(7)).to(dtype);
        long[] ones = [1, 1];
        Assume.That(SmallMapConvolution.Pays(map, kernel, ones, ones));

        var convolved = SmallMapConvolution.Convolve(map, kernel, bias);

        Assert.That(LargestDifference.Between(convolved, nn.functional.conv2d(map, kernel, bias, ones, ones)), Is.LessThan(tolerance));
    }
}
