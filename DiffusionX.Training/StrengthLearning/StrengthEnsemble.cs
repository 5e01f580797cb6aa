using DiffusionX.Strength;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DiffusionX.Training.StrengthLearning;

/// <summary>Heads that learn side by side, as one module, which predicts the mean of their predictions.</summary>
internal sealed class StrengthEnsemble : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<StrengthHead> heads;

    /// <param name="heads">At least one, all of one shape; the ensemble owns them.</param>
    public StrengthEnsemble(IReadOnlyList<StrengthHead> heads)
        : base(nameof(StrengthEnsemble))
    {
        this.heads = new ModuleList<StrengthHead>([.. heads]);
        RegisterComponents();
    }

    /// <summary>The mean of the heads' predictions, not clipped yet.</summary>
    /// <param name="features">[B, Inputs].</param>
    /// <returns>[B].</returns>
    public override Tensor forward(Tensor features)
    {
        using var scope = NewDisposeScope();
        return stack(heads.Select(head => head.forward(features))).mean([0]).MoveToOuterDisposeScope();
    }

    /// <summary>The mean absolute error of the ensemble's predictions.</summary>
    public double Error(IReadOnlyList<StrengthExample> examples) => StrengthMetrics.Error(examples, StrengthExample.Predict(this, examples));

    /// <summary>The ensemble as one head.</summary>
    /// <param name="floor">What the head's predictions are raised to; null where they never are.</param>
    public StrengthHead ToHead(StrengthFloor? floor) => StrengthHead.MeanOf([.. heads], floor);
}
