using DiffusionX.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Strength;

/// <summary>
/// From embeddings to a strength: a feed-forward network on features that are brought to mean 0 and deviation 1 first, by what its training
/// examples had.
/// </summary>
internal sealed class StrengthHead : nn.Module<Tensor, Tensor>
{
    internal const double Middle = (StrengthRange.Smallest + StrengthRange.Largest) / 2;

    // Features that never vary in training say nothing, and must not be blown up by what they are divided by.
    private const double LeastDeviation = 1e-3;

    // Nor does what lies further out than training ever showed say more than that it is far out.
    internal const float Furthest = 4;

    [ComponentName(Name = "mean")]
    private readonly Tensor mean;

    [ComponentName(Name = "deviation")]
    private readonly Tensor deviation;

    [ComponentName(Name = "layers")]
    private readonly ModuleList<Linear> layers;

    /// <summary>Builds the head; its parameters are uninitialised and lie where <see cref="ParameterPlacement"/> says.</summary>
    public StrengthHead(StrengthHeadConfig config)
        : base(nameof(StrengthHead))
    {
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        mean = ParameterPlacement.AllocateBuffer(config.Inputs);
        deviation = ParameterPlacement.AllocateBuffer(config.Inputs);
        int[] widths = [config.Inputs, .. config.HiddenWidths, 1];
        layers = new ModuleList<Linear>([.. widths.Zip(widths.Skip(1), (inputs, outputs) => new Linear(inputs, outputs))]);
        RegisterComponents();
    }

    /// <summary>The head's shape.</summary>
    public StrengthHeadConfig Config { get; }

    /// <summary>Takes the mean and the deviation that features have from examples.</summary>
    /// <param name="features">[N, Inputs], N at least 2.</param>
    public void Standardise(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        mean.copy_(features.mean([0]));
        deviation.copy_(features.std(0, unbiased: false).clamp_min(LeastDeviation));
    }

    /// <summary>
    /// Makes the head say one strength whatever it is given, which is where learning from few examples does least harm to begin.
    /// </summary>
    /// <param name="strength">Such as the best constant.</param>
    public void BeginWith(double strength)
    {
        using var noGradient = no_grad();
        foreach (var (name, parameter) in layers[^1].named_parameters())
        {
            parameter.fill_(name == "bias" ? strength - Middle : 0);
        }
    }

    /// <summary>The strengths, not clipped yet: a loss has to see how far beyond the range they are.</summary>
    /// <param name="features">[B, Inputs].</param>
    /// <returns>[B].</returns>
    public override Tensor forward(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        using var scope = NewDisposeScope();
        var hidden = ((features - mean) / deviation).clamp(-Furthest, Furthest);
        for (var i = 0; i < layers.Count; i++)
        {
            hidden = layers[i].forward(i == 0 ? hidden : nn.functional.silu(hidden));
        }

        return (hidden.squeeze(-1) + Middle).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// One head that says what several say in the mean: the mean of networks is a wider network, whose layers are theirs side by side.
    /// </summary>
    /// <param name="heads">Of one shape, with the same <see cref="Standardise"/>; they stay the caller's.</param>
    /// <param name="floor">What its predictions are raised to; null where they never are.</param>
    internal static StrengthHead MeanOf(IReadOnlyList<StrengthHead> heads, StrengthFloor? floor)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var config = heads[0].Config;
        var mean = new StrengthHead(config with { HiddenWidths = [.. config.HiddenWidths.Select(width => width * heads.Count)], Floor = floor });
        mean.mean.copy_(heads[0].mean);
        mean.deviation.copy_(heads[0].deviation);
        for (var i = 0; i < mean.layers.Count; i++)
        {
            var (isFirst, isLast) = (i == 0, i == mean.layers.Count - 1);
            Tensor[] weights = [.. heads.Select(head => head.Weight(i))];
            Tensor[] biases = [.. heads.Select(head => head.Bias(i))];
            mean.Weight(i).copy_(isFirst ? cat(weights) : isLast ? cat(weights, 1) / heads.Count : block_diag(weights));
            mean.Bias(i).copy_(isLast ? stack(biases).mean([0]) : cat(biases));
        }

        return mean;
    }

    /// <summary>The head as it is now, in plain numbers.</summary>
    internal StrengthMlp ToMlp()
    {
        using var scope = NewDisposeScope();
        var numbers = state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.cpu().data<float>().ToArray());
        var ofLayers = Enumerable.Range(0, layers.Count).Select(i => new StrengthMlp.Layer(numbers[$"layers.{i}.weight"], numbers[$"layers.{i}.bias"]));
        return new StrengthMlp(numbers["mean"], numbers["deviation"], [.. ofLayers], Config.Floor);
    }

    private Parameter Weight(int layer) => layers[layer].get_parameter("weight")!;

    private Parameter Bias(int layer) => layers[layer].get_parameter("bias")!;
}
