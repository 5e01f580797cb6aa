using TorchSharp;
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

    /// <summary>One without a bias.</summary>
    /// <param name="weight">Its matrix, [outputs, inputs], which the layer then owns.</param>
    public Linear(Parameter weight)
        : base(nameof(Linear))
    {
        this.weight = weight;
        RegisterComponents();
    }

    /// <param name="input">[…, inputs].</param>
    /// <returns>[…, outputs].</returns>
    public override Tensor forward(Tensor input)
    {
        if (!widens)
        {
            return Project(input, weight, bias);
        }

        using var wide = weight.to(input.dtype);
        return Project(input, wide, bias);
    }

    /// <summary>The same with a given matrix.</summary>
    /// <param name="input">[…, inputs].</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs], or null.</param>
    /// <returns>[…, outputs].</returns>
    internal static Tensor Project(Tensor input, Tensor weight, Tensor? bias)
    {
        if (bias is null || input.dim() == 2 || input.device_type == DeviceType.CPU)
        {
            return nn.functional.linear(input, weight, bias);
        }

        // libtorch adds the bias within the product for matrices alone; of a GPU's time for what has more dimensions that takes a tenth.
        using var rows = input.reshape(-1, input.size(-1));
        using var product = nn.functional.linear(rows, weight, bias);
        return product.view([.. input.shape[..^1], weight.size(0)]);
    }
}
