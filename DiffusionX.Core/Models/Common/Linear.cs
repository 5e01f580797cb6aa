using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>y = x·Wᵀ + b on the last dimension.</summary>
internal sealed class Linear : nn.Module<Tensor, Tensor>
{
    private readonly bool widens = ParameterPlacement.StoresNarrow;

    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter? bias;

    public Linear(long inputs, long outputs, bool hasBias = true)
        : base(nameof(Linear))
    {
        weight = ParameterPlacement.AllocateMatrix(outputs, inputs);
        bias = hasBias ? ParameterPlacement.Allocate(outputs) : null;
        RegisterComponents();
    }

    /// <param name="input">[…, inputs].</param>
    /// <returns>[…, outputs].</returns>
    public override Tensor forward(Tensor input)
    {
        if (!widens)
        {
            return nn.functional.linear(input, weight, bias);
        }

        using var wide = weight.to(input.dtype);
        return nn.functional.linear(input, wide, bias);
    }
}
