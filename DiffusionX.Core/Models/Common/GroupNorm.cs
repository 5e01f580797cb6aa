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

    /// <param name="input">[B, C, H, W].</param>
    /// <returns>[B, C, H, W], in the input's memory order.</returns>
    public override Tensor forward(Tensor input) =>
        IsSmall(input) || IsLearning(input) ? NormalizeReordered(input) : nn.functional.group_norm(input, groups, weight, bias, epsilon);

    /// <summary>Normalises and activates; the activation overwrites the normalised map, which nobody else needs.</summary>
    public Tensor Activated(Tensor input, Activation activation = Activation.Silu) => activation.ApplyInPlace(forward(input));

    // libtorch takes the variance of channels-last maps as E[x²] - E[x]², whose rounding shows where a group has few and nearly equal
    // elements.
    private static bool IsSmall(Tensor input) => input.shape[2] * input.shape[3] <= SmallMap;

    // libtorch's gradient of a channels-last normalisation takes five times as long as that of a reordered one.
    private static bool IsLearning(Tensor input) => input.requires_grad && is_grad_enabled();

    private Tensor NormalizeReordered(Tensor input)
    {
        using var flat = input.flatten(2);
        using var normalized = nn.functional.group_norm(flat, groups, weight, bias, epsilon);
        return normalized.view(input.shape).Into(FeatureMap.ChannelsLast);
    }
}
