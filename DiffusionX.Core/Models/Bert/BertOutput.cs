using DiffusionX.Models.Common;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Bert;

/// <summary>A linear layer, added to a residual and normalised.</summary>
internal sealed class BertOutput : nn.Module<Tensor, Tensor, Tensor>
{
    [ComponentName(Name = "dense")]
    private readonly Linear linear;

    [ComponentName(Name = "LayerNorm")]
    private readonly LayerNorm norm;

    public BertOutput(long inputs, long outputs, double normEpsilon)
        : base(nameof(BertOutput))
    {
        linear = new Linear(inputs, outputs);
        norm = new LayerNorm(outputs, normEpsilon);
        RegisterComponents();
    }

    /// <param name="input">[B, L, inputs].</param>
    /// <param name="residual">[B, L, outputs].</param>
    /// <returns>[B, L, outputs].</returns>
    public override Tensor forward(Tensor input, Tensor residual) => linear.forward(input).Plus(residual).Into(norm);
}
