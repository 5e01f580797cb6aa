using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>
/// A linear layer on every position. Checkpoints hold its weight as a matrix (SD 2) or as a 1×1 convolution's kernel (SD 1); the sum is the
/// same.
/// </summary>
internal sealed class PointwiseProjection : nn.Module<Tensor, Tensor>
{
    private readonly bool kernelShaped;
    private readonly bool widens = ParameterPlacement.StoresNarrow;

    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter bias;

    public PointwiseProjection(long inputs, long outputs, bool kernelShaped)
        : base(nameof(PointwiseProjection))
    {
        this.kernelShaped = kernelShaped;
        weight = kernelShaped
            ? ParameterPlacement.AllocateMatrix(outputs, inputs, 1, 1)
            : ParameterPlacement.AllocateMatrix(outputs, inputs);
        bias = ParameterPlacement.Allocate(outputs);
        RegisterComponents();
    }

    /// <param name="tokens">[B, T, inputs].</param>
    /// <returns>[B, T, outputs].</returns>
    public override Tensor forward(Tensor tokens)
    {
        using var wide = widens ? weight.to(tokens.dtype) : null;
        using var matrix = kernelShaped ? (wide ?? weight).flatten(1) : null;
        return Linear.Project(tokens, matrix ?? wide ?? weight, bias);
    }
}
