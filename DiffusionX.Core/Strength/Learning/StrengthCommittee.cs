using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionX.Strength.Learning;

/// <summary>Heads that learn side by side, as one module; what it says is what they say in the mean.</summary>
internal sealed class StrengthCommittee : nn.Module
{
    private readonly ModuleList<StrengthHead> heads;

    /// <param name="heads">At least one, all of one shape; they become the committee's.</param>
    public StrengthCommittee(IReadOnlyList<StrengthHead> heads)
        : base(nameof(StrengthCommittee))
    {
        this.heads = new ModuleList<StrengthHead>([.. heads]);
        RegisterComponents();
    }

    /// <summary>The mean absolute error of what the heads say in the mean.</summary>
    public double Error(IReadOnlyList<StrengthExample> examples)
    {
        var each = heads.Select(head => StrengthExample.Predict(head, examples)).ToArray();
        return StrengthFigures.Error(examples, [.. examples.Select((_, i) => each.Average(predictions => predictions[i]))]);
    }

    /// <summary>The committee as one head.</summary>
    /// <param name="ample">What the head's predictions are raised to; null where they never are.</param>
    public StrengthHead ToHead(AmpleStrength? ample) => StrengthHead.MeanOf([.. heads], ample);
}
