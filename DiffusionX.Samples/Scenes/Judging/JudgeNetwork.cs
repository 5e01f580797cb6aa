using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionX.Scenes.Judging;

/// <summary>
/// The judge's network: four convolutions that halve the picture, the mean and the maximum over what is left, and a linear layer for each question.
/// It shares nothing with the models that it judges.
/// </summary>
internal sealed class JudgeNetwork : nn.Module
{
    private const int Groups = 8;
    private static readonly int[] Widths = [24, 48, 96, 128];

    private readonly Sequential trunk;
    private readonly Linear pairs;
    private readonly Linear backdrops;
    private readonly Linear times;

    public JudgeNetwork()
        : base(nameof(JudgeNetwork))
    {
        trunk = nn.Sequential(Widths.Select((width, i) => ($"block{i}", (nn.Module<Tensor, Tensor>)Block(i == 0 ? 3 : Widths[i - 1], width))).ToArray());
        pairs = nn.Linear(FeatureCount, SceneLabels.Kinds * SceneLabels.Colors);
        backdrops = nn.Linear(FeatureCount, SceneLabels.Backdrops);
        times = nn.Linear(FeatureCount, SceneLabels.Times);
        RegisterComponents();
    }

    /// <summary>How many numbers describe a picture.</summary>
    public static int FeatureCount => 2 * Widths[^1];

    /// <summary>What the judge sees in pictures, before it answers any question.</summary>
    /// <param name="images">[B, 3, H, W] in [-1, 1].</param>
    /// <returns>[B, <see cref="FeatureCount"/>].</returns>
    public Tensor Features(Tensor images)
    {
        using var scope = NewDisposeScope();
        var map = trunk.forward(images);
        return cat([map.mean([2, 3]), map.amax([2, 3])], 1).MoveToOuterDisposeScope();
    }

    /// <summary>The logits of the pairs of kind and colour, [B, kinds · colours].</summary>
    public Tensor Pairs(Tensor features) => pairs.forward(features);

    /// <summary>The logits of the backdrops, [B, backdrops].</summary>
    public Tensor Backdrops(Tensor features) => backdrops.forward(features);

    /// <summary>The logits of the times of day, [B, times].</summary>
    public Tensor Times(Tensor features) => times.forward(features);

    private static Sequential Block(int inputs, int outputs) => nn.Sequential(
        ("conv", nn.Conv2d(inputs, outputs, kernel_size: 4, stride: 2, padding: 1)), ("norm", nn.GroupNorm(Groups, outputs)), ("activation", nn.SiLU()));
}
