using DiffusionX.Strength;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionX.Training.StrengthLearning;

/// <summary>Heads that learn side by side, as one module; what it says is what they say in the mean.</summary>
internal sealed class StrengthEnsemble : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<StrengthHead> heads;

    /// <param name="heads">At least one, all of one shape; they become the committee's.</param>
    public StrengthEnsemble(IReadOnlyList<StrengthHead> heads)
        : base(nameof(StrengthEnsemble))
    {
        this.heads = new ModuleList<StrengthHead>([.. heads]);
        RegisterComponents();
    }

    /// <summary>What the heads say in the mean, not clipped yet.</summary>
    /// <param name="features">[B, Inputs].</param>
    /// <returns>[B].</returns>
    public override Tensor forward(Tensor features)
    {
        using var scope = NewDisposeScope();
        return stack(heads.Select(head => head.forward(features))).mean([0]).MoveToOuterDisposeScope();
    }

    /// <summary>The mean absolute error of what the committee says.</summary>
    public double Error(IReadOnlyList<StrengthExample> examples) => StrengthMetrics.Error(examples, StrengthExample.Predict(this, examples));

    /// <summary>The committee as one head.</summary>
    /// <param name="ample">What the head's predictions are raised to; null where they never are.</param>
    public StrengthHead ToHead(StrengthFloor? ample) => StrengthHead.MeanOf([.. heads], ample);
}
