using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// Normalises groups of channels of a feature map, then scales and shifts each channel (Wu and He, "Group Normalization", 2018).
/// </summary>
internal sealed class GroupNorm : nn.Module<Tensor, Tensor>
{
    // Up to this many positions, reordering the map costs nothing that could be measured.
    private const long SmallMap = 64;

    // Numbers of a strip that are widened and measured at a time: what a core's cache holds.
    private const long MeasuredTogether = 1 << 18;

    private readonly long groups;
    private readonly double epsilon;

    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter bias;

    public GroupNorm(long groups, long channels, double epsilon)
        : base(nameof(GroupNorm))
    {
        this.groups = groups;
        this.epsilon = epsilon;
        weight = ParameterPlacement.Allocate(channels);
        bias = ParameterPlacement.Allocate(channels);
        RegisterComponents();
    }

    private SmallNorm Small => new(groups, weight, bias, epsilon);

    /// <param name="input">[B, C, H, W].</param>
    /// <returns>[B, C, H, W], in the input's memory order.</returns>
    public override Tensor forward(Tensor input) =>
        SmallMapNorm.Pays(input) ? SmallMapNorm.Normalize(input, Small, activates: false)
        : IsSmall(input) || IsLearning(input) ? NormalizeReordered(input) : nn.functional.group_norm(input, groups, weight, bias, epsilon);

    /// <summary>Normalises, and takes the positions as tokens.</summary>
    /// <param name="input">[B, C, H, W].</param>
    /// <returns>[B, H·W, C].</returns>
    public Tensor ToTokens(Tensor input) =>
        SmallMapNorm.Pays(input) ? SmallMapNorm.NormalizeToTokens(input, Small) : forward(input).Into(FeatureMap.ToTokens);

    /// <summary>Normalises and activates; the activation overwrites the normalised map, which nobody else needs.</summary>
    public Tensor Activated(Tensor input, Activation activation = Activation.Silu) =>
        activation == Activation.Silu && SmallMapNorm.Pays(input)
            ? SmallMapNorm.Normalize(input, Small, activates: true)
            : activation.ApplyInPlace(forward(input));

    /// <summary>Measures a map strip by strip, so that it can be normalised so.</summary>
    /// <returns>Normalises rows of that map and activates them: a new tensor.</returns>
    public Func<Tensor, Tensor> MeasureActivated(Rows input, Strips strips)
    {
        var sums = new double[2 * weight.size(0)];
        foreach (var (first, count) in strips.Of(input))
        {
            AddSums(sums, input.Read, first, count);
        }

        var (scale, shift) = ToAffine(sums, (double)input.Height * input.Width);
        return rows =>
        {
            using var scope = NewDisposeScope();
            var (scales, shifts) = (ToChannels(scale, rows), ToChannels(shift, rows));
            return (rows * scales).add_(shifts).silu_().MoveToOuterDisposeScope();
        };
    }

    private static void AddSums(double[] sums, Func<long, long, Tensor> read, long first, long count)
    {
        using var scope = NewDisposeScope();
        var tokens = FeatureMap.ToTokens(read(first, count))[0];
        foreach (var some in tokens.split(Math.Max(1, MeasuredTogether / tokens.size(1)), 0))
        {
            AddSums(sums, some);
        }
    }

    // The sums over the positions of each channel, then those of the squares, from their mean and variance.
    private static void AddSums(double[] sums, Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var exact = tokens.to(ScalarType.Float32);
        var positions = exact.size(0);
        // libtorch's own variance takes many times as long.
        var means = exact.mean([0]);
        var variances = (exact - means).pow_(2).mean([0]);
        var (variance, mean) = (variances.cpu().data<float>().ToArray(), means.cpu().data<float>().ToArray());
        for (var channel = 0; channel < mean.Length; channel++)
        {
            sums[channel] += positions * (double)mean[channel];
            sums[mean.Length + channel] += positions * (variance[channel] + ((double)mean[channel] * mean[channel]));
        }
    }

    // Normalising, scaling and shifting are one multiplication and one addition for each channel.
    private (float[] Scale, float[] Shift) ToAffine(double[] sums, double positions)
    {
        using var scope = NewDisposeScope();
        var scale = weight.to(ScalarType.Float32).cpu().data<float>().ToArray();
        var shift = bias.to(ScalarType.Float32).cpu().data<float>().ToArray();
        var (channels, ofGroup) = (scale.Length, scale.Length / (int)groups);
        for (var first = 0; first < channels; first += ofGroup)
        {
            var mean = sums.AsSpan(first, ofGroup).ToArray().Sum() / (positions * ofGroup);
            var variance = (sums.AsSpan(channels + first, ofGroup).ToArray().Sum() / (positions * ofGroup)) - (mean * mean);
            var inverse = 1 / Math.Sqrt(Math.Max(variance, 0) + epsilon);
            for (var channel = first; channel < first + ofGroup; channel++)
            {
                scale[channel] = (float)(scale[channel] * inverse);
                shift[channel] = (float)(shift[channel] - (mean * scale[channel]));
            }
        }

        return (scale, shift);
    }

    private static Tensor ToChannels(float[] values, Tensor map) => tensor(values, [1, values.Length, 1, 1]).to(map.dtype, map.device);

    // On the CPU libtorch takes the variance of channels-last maps as E[x²] - E[x]², whose rounding shows where a group has few and nearly equal
    // elements.
    private static bool IsSmall(Tensor input) => input.device_type == DeviceType.CPU && input.size(2) * input.size(3) <= SmallMap;

    // libtorch's gradient of a channels-last normalisation takes five times as long as that of a reordered one.
    private static bool IsLearning(Tensor input) => input.requires_grad && is_grad_enabled();

    private Tensor NormalizeReordered(Tensor input)
    {
        using var flat = input.flatten(2);
        using var normalized = nn.functional.group_norm(flat, groups, weight, bias, epsilon);
        return normalized.view_as(input).Into(FeatureMap.ChannelsLast);
    }
}
