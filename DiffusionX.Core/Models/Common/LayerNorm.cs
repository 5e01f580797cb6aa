using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace DiffusionX.Models.Common;

/// <summary>Normalises the last dimension, then scales and shifts it (Ba et al., "Layer Normalization", 2016).</summary>
internal sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    private readonly long[] shape;
    private readonly double epsilon;

    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter bias;

    public LayerNorm(long width, double epsilon = 1e-5)
        : base(nameof(LayerNorm))
    {
        shape = [width];
        this.epsilon = epsilon;
        weight = ParameterPlacement.Allocate(width);
        bias = ParameterPlacement.Allocate(width);
        RegisterComponents();
    }

    /// <param name="input">[…, width].</param>
    /// <returns>[…, width].</returns>
    public override Tensor forward(Tensor input) => SmallRowNorm.Pays(input)
        ? SmallRowNorm.Normalize(input, weight, bias, epsilon)
        : nn.functional.layer_norm(input, shape, weight, bias, epsilon);
}
